//! The declaration of `Process`.

use super::*;

pub(super) const JOIN: u32 = Method::number(METHODS, "join");
pub(super) const KILL: u32 = Method::number(METHODS, "kill");
pub(super) const IS_ALIVE: u32 = Method::number(METHODS, "is_alive");
pub(super) const TERMINATE: u32 = Method::number(METHODS, "terminate");
pub(super) const EXITCODE: u32 = Method::number(METHODS, "exitcode");
pub(super) const NAME: u32 = Method::number(METHODS, "name");
pub(super) const DAEMON: u32 = Method::number(METHODS, "daemon");
pub(super) const CHILDREN: u32 = Method::number(METHODS, "children");
pub(super) const CREATE: u32 = Method::number(METHODS, "create");
pub(super) const TYPEIDS: u32 = Method::number(METHODS, "typeids");

pub(super) const METHODS: &[Method] = &[
    Method {
        signature: "join(timeout=None)",
        doc: "Waits until the process has ended, for so many seconds at most. An error at once if, without a timeout, \
              it would be for ever: if a process waits for itself, or a provider for one that waits for its answer.",
        effect: Effect::Reads,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = match call.args.take(0) {
                    None | Some(Item::Null) => None,
                    Some(item) => {
                        Some(Duration::try_from_secs_f64(item.as_seconds()?.max(0.0)).unwrap_or(Duration::MAX))
                    }
                };
                Process::wait_for_end(call.me, call.caller, timeout).await?;
                Ok(Item::Null)
            })
        }),
    },
    Method {
        signature: "kill()",
        doc: "Ends the process and waits until everything that it held has been released.",
        effect: Effect::Changes,
        run: Run::Wait(|call| Box::pin(async move { Process::kill(call.me, Way::Kill).await.map(|()| Item::Null) })),
    },
    Method {
        signature: "is_alive()",
        doc: "Whether the process has not ended yet.",
        effect: Effect::Reads,
        run: Run::Now(|call| Process::is_alive(call.me).map(Item::Bool)),
    },
    Method {
        signature: "terminate()",
        doc: "The same as kill(), told apart afterwards by exitcode().",
        effect: Effect::Changes,
        run: Run::Wait(|call| {
            Box::pin(async move { Process::kill(call.me, Way::Terminate).await.map(|()| Item::Null) })
        }),
    },
    Method {
        signature: "exitcode()",
        doc: "None while the process runs, then 0 if it returned a value, 1 if it failed, the status with which \
              it exited, -6 if it trapped, -9 if it was killed or has exceeded a limit, and -15 if it was terminated.",
        effect: Effect::Reads,
        run: Run::Now(|call| Ok(Process::exit_code(call.me)?.map_or(Item::Null, |code| Item::Int(code.into())))),
    },
    Method {
        signature: "result()",
        doc: "The value that the process returned, or its error. RuntimeError while it runs.",
        effect: Effect::Reads,
        run: Run::Now(|call| match Process::of(call.me)?.told_end() {
            Some(end) => end.into_result(),
            None => Err(CallError::new(ErrorKind::Runtime, "the process has not ended yet")),
        }),
    },
    Method {
        signature: "name()",
        doc: "The name that the process was given, or else its program and its entry.",
        effect: Effect::Reads,
        run: Run::Now(|call| Process::full_name(call.me).map(Item::text)),
    },
    Method {
        signature: "daemon()",
        doc: "Whether the process ends with the one that started it, and can start none itself.",
        effect: Effect::Reads,
        run: Run::Now(|call| Process::is_daemon(call.me).map(Item::Bool)),
    },
    Method {
        signature: "children()",
        doc: "A list of the processes that it has started and that have not ended. They can be used for what the proxy to \
              their parent can be used for.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let children: Vec<_> = Process::children(call.me)?.into_iter().map(Item::proxy).collect();
            Item::list(children.iter(), call.me.home().limits())
        }),
    },
    Method {
        signature: "create(typeid, /, *args, **kwargs)",
        doc: "Makes an object of one of the types that the process implements, if it is a provider, and gives a proxy to it. \
              For those types that it has for itself and for whom it gives its proxy to, this is the only way.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let typeid = match call.args.item(0)? {
                    Item::Text(typeid) => typeid,
                    other => {
                        let message = format!("create() argument 'typeid' must be str, not {}", other.type_name());
                        return Err(type_error(message));
                    }
                };
                let (args, kwargs) = (call.args.take_more(), call.args.take_kwargs());
                Process::create_object(call.me, call.caller, &typeid, args, kwargs).await.map(Item::proxy)
            })
        }),
    },
    Method {
        signature: "typeids()",
        doc: "A list of the types that create() knows: none if the process is no provider.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let typeids: Vec<_> = Process::typeids(call.me)?.into_iter().map(Item::text).collect();
            Item::list(typeids.iter(), call.me.home().limits())
        }),
    },
];
