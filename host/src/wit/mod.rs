mod bindings;
pub struct Slot;
pub struct HostError;
