use super::{HELPERS, MEMORY, REALLOC, Wit};

/// A provider: what it describes, and the instructions of its functions, which answer with null or nothing if they
/// are not given. They find the object's key in `$key`, and in `$a` the handle of a call's first argument.
pub(crate) struct Provider {
    describe: String,
    data: Vec<(usize, Vec<u8>)>,
    construct: String,
    call: String,
    get_value: String,
    to_text: String,
    release: String,
}

impl Provider {
    pub(crate) fn new() -> Self {
        Self::describing(&[("Thing", &["act", "keep"])])
    }

    /// Describes types by their names and the names of their methods.
    pub(crate) fn describing(types: &[(&str, &[&str])]) -> Self {
        let mut at = 8192;
        let mut data = Vec::new();
        let mut put = |bytes: Vec<u8>| {
            let start = at;
            at = (at + bytes.len()).next_multiple_of(8);
            data.push((start, bytes));
            start as u32
        };
        let mut records = Vec::new();
        for (typeid, methods) in types {
            let mut listed = Vec::new();
            for method in *methods {
                let name = put(method.as_bytes().to_vec());
                listed.extend([name, method.len() as u32, 0, 0, 0].map(u32::to_le_bytes).concat());
            }
            let methods_at = put(listed);
            let name = put(typeid.as_bytes().to_vec());
            let record = [name, typeid.len() as u32, 0, 0, methods_at, methods.len() as u32, 1];
            records.extend(record.map(u32::to_le_bytes).concat());
        }
        let records = put(records);
        let list = put([0, 0, records, types.len() as u32].map(u32::to_le_bytes).concat());
        assert!(at < 32768, "the allocator's memory begins there");
        Self {
            describe: format!("(i32.const {list})"),
            data,
            construct: "(call $null)".into(),
            call: "(call $null)".into(),
            get_value: "(call $null)".into(),
            to_text: "(call $null)".into(),
            release: String::new(),
        }
    }

    pub(crate) fn construct(mut self, body: &str) -> Self {
        self.construct = body.into();
        self
    }

    pub(crate) fn call(mut self, body: &str) -> Self {
        self.call = body.into();
        self
    }

    pub(crate) fn get_value(mut self, body: &str) -> Self {
        self.get_value = body.into();
        self
    }

    pub(crate) fn text(mut self, body: &str) -> Self {
        self.to_text = body.into();
        self
    }

    pub(crate) fn release(mut self, body: &str) -> Self {
        self.release = body.into();
        self
    }

    pub(crate) fn describe(mut self, body: &str) -> Self {
        self.describe = body.into();
        self
    }

    /// Text at an address.
    pub(crate) fn data(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.data.push((at, bytes.as_ref().to_vec()));
        self
    }

    /// What `describe` gives, for one that does something before.
    pub(crate) fn described(&self) -> String {
        self.describe.clone()
    }

    pub(crate) fn component(&self) -> Vec<u8> {
        let Self { describe, data, construct, call, get_value, to_text, release } = self;
        let name = |function: &str| format!("(export \"commonhold:manager/custom-types@0.1.0#{function}\")");
        let called = "(param $key i64) (param $name i32) (param $length i32) (param $args i32) (param $count i32)
            (param i32 i32) (result i32) (local $a i32) (local $i i32)
            (local.set $a (i32.load offset=8 (local.get $args)))";
        let fields = format!(
            "{MEMORY} {REALLOC} {HELPERS}
             (func {} (param $args i32) (param $count i32) (result i32) (local $a i32)
                 (local.set $a (i32.load offset=8 (local.get $args))) {describe})
             (func {} {called} {construct})
             (func {} {called} {call})
             (func {} (param $key i64) (result i32) {get_value})
             (func {} (param $key i64) (result i32) {to_text})
             (func {} (param $key i64) {release})",
            name("describe"),
            name("construct"),
            name("call"),
            name("get-value"),
            name("to-text"),
            name("release"),
        );
        let data = data.iter().map(|(at, bytes)| {
            let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            format!("(data (i32.const {at}) \"{escaped}\")")
        });
        Wit::manager().component("provider", &(fields + &data.collect::<String>()))
    }
}
