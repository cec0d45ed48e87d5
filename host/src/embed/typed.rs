//! What the typed proxies of an embedder have in common.

use crate::convert::read_item;
use crate::error::Error;
use crate::object::Item;
use serde::de::DeserializeOwned;

/// What all typed proxies have in common.
macro_rules! typed {
    ($name:ident $(<$($parameter:ident $(: $bound:path)?),*>)?, $typeid:literal $(| $more:literal)*, $marker:ident $(, $check:path)?) => {
        impl<$($($parameter $(: $bound)?),*)?> $name<$($($parameter),*)?> {
            /// The untyped proxy.
            pub fn proxy(&self) -> &$crate::Proxy {
                &self.proxy
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> TryFrom<$crate::Proxy> for $name<$($($parameter),*)?> {
            type Error = $crate::Error;

            fn try_from(proxy: $crate::Proxy) -> Result<Self, $crate::Error> {
                if matches!(proxy.typeid(), $typeid $(| $more)*) {
                    $($check(&proxy)?;)?
                    Ok(Self { proxy, $marker: std::marker::PhantomData })
                } else {
                    let message = format!("expected a proxy to a '{}', got one to a '{}'", $typeid, proxy.typeid());
                    Err($crate::CallError::new($crate::ErrorKind::Type, message).into())
                }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> Clone for $name<$($($parameter),*)?> {
            fn clone(&self) -> Self {
                Self { proxy: self.proxy.clone(), $marker: std::marker::PhantomData }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> PartialEq for $name<$($($parameter),*)?> {
            /// Whether both are the same object, whatever is in it.
            fn eq(&self, other: &Self) -> bool {
                self.proxy == other.proxy
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> Eq for $name<$($($parameter),*)?> {}

        impl<$($($parameter $(: $bound)?),*)?> std::fmt::Debug for $name<$($($parameter),*)?> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.proxy, f)
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> std::fmt::Display for $name<$($($parameter),*)?> {
            /// Prints the object as Python does, or the proxy if that is not exposed.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let most = self.proxy.home().limits().value_bytes;
                let may = self.proxy.check(crate::object::TO_TEXT);
                let text = may.and_then(|()| self.proxy.body().to_text(self.proxy.id(), most));
                match text {
                    Ok(text) => f.write_str(&text),
                    Err(_) => std::fmt::Debug::fmt(&self.proxy, f),
                }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> serde::Serialize for $name<$($($parameter),*)?> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.proxy, serializer)
            }
        }

        impl<'de, $($($parameter $(: $bound)?),*)?> serde::Deserialize<'de> for $name<$($($parameter),*)?> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_from(<$crate::Proxy as serde::Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use typed;

/// What was there, and whether it is there no more.
pub(super) fn flagged<T: DeserializeOwned>((done, item): (bool, Item)) -> Result<Result<T, T>, Error> {
    let there = read_item(&item)?;
    Ok(if done { Ok(there) } else { Err(there) })
}
