//! Which names somebody may look up and publish.

/// Which names a guest may look up, and under which it may publish objects: nothing, unless it is granted here.
///
/// A name is granted as it is, or together with all that begin like it: `results/*`. What is granted needs not be there, then
/// or ever.
///
/// The default is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameGrants {
    look_up: Vec<String>,
    publish: Vec<String>,
}

impl NameGrants {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// These, and that a name may be looked up.
    #[must_use]
    pub fn look_up(mut self, name: impl Into<String>) -> Self {
        self.look_up.push(name.into());
        self
    }

    /// These, and that an object may be published under a name. That is not to look up what others have published there.
    #[must_use]
    pub fn publish(mut self, name: impl Into<String>) -> Self {
        self.publish.push(name.into());
        self
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.look_up.extend(others.look_up);
        self.publish.extend(others.publish);
        self
    }

    /// Whether a name may be looked up.
    pub fn may_look_up(&self, name: &str) -> bool {
        self.look_up.iter().any(|granted| covers(granted, name))
    }

    /// Whether an object may be published under a name.
    pub fn may_publish(&self, name: &str) -> bool {
        self.publish.iter().any(|granted| covers(granted, name))
    }
}

fn covers(granted: &str, name: &str) -> bool {
    match granted.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => granted == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_granted_as_it_is_or_with_all_that_begin_like_it() {
        let grants = NameGrants::new().look_up("log").publish("results/*");
        let granted = |may: fn(&NameGrants, &str) -> bool| {
            ["log", "logs", "lo", "log*", "results", "results/", "results/1"].map(|name| may(&grants, name))
        };
        assert_eq!(granted(NameGrants::may_look_up), [true, false, false, false, false, false, false]);
        assert_eq!(granted(NameGrants::may_publish), [false, false, false, false, false, true, true]);
        let both = NameGrants::new().look_up("*").and(grants);
        assert!(both.may_look_up("logs") && both.may_look_up("") && both.may_publish("results/1"));
        assert!(!both.may_publish("log") && !NameGrants::new().may_look_up(""));
    }
}
