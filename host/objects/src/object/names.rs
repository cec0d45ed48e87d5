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
