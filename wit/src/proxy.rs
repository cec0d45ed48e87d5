//! Proxies inside serde types.
