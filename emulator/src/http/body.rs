//! Bodies in: JSON objects, or refused.
//!
//! serde takes an array for a struct, member by member in the order of the source; the service takes objects only,
//! at whatever depth.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use crate::error::Error;

/// The body as an object.
///
/// # Errors
/// 400 for anything else.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    read(body).map_err(|_| Error::InvalidBody)
}

/// The same with the reader's complaint.
///
/// # Errors
/// What is wrong with it.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(serde_json::Error::custom("the body is no JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = T::deserialize(Objects(&mut reader))?;
    reader.end().map(|()| value)
}

/// A reader, and what wraps its parts on their way, so that structs come out of objects only.
struct Objects<T>(T);

/// What a reader does with types that no struct is in.
macro_rules! as_it_does {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Objects<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(OfMap(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(OfPart(visitor))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_seq(OfPart(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, OfPart(visitor))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, len, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    as_it_does! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_unit deserialize_map deserialize_identifier deserialize_ignored_any
    }
}

/// A struct's visitor: it is told of objects.
struct OfMap<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OfMap<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Objects(members))
    }
}

/// The visitor of what may hold a struct: an option, a list.
struct OfPart<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OfPart<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Objects(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Objects(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Objects(elements))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Objects<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Objects(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Objects<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Objects(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Objects<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Objects(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::keys::CreateRequest;
    use crate::wire::rotation::RotationPolicy;
    use crate::wire::secrets::SetRequest;

    #[test]
    fn an_array_is_no_object_at_whatever_depth() {
        let policy = |text: &str| json::<RotationPolicy>(text.as_bytes());
        assert!(
            policy(r#"{"lifetimeActions":[{"trigger":{"timeAfterCreate":"P1D"},"action":null}]}"#).is_ok()
        );
        for text in [
            "[]",
            r#"{"attributes":[]}"#,
            r#"{"lifetimeActions":[[]]}"#,
            r#"{"lifetimeActions":[{"trigger":["P1D"]}]}"#,
            r#"{"lifetimeActions":[{"action":["Rotate"]}]}"#,
        ] {
            assert_eq!(policy(text).err(), Some(Error::InvalidBody), "{text}");
        }
        assert!(json::<SetRequest>(br#"{"value":"v","attributes":[false]}"#).is_err());
        assert!(json::<CreateRequest>(br#"{"kty":"EC","attributes":[false]}"#).is_err());
        assert!(json::<CreateRequest>(br#"{"kty":"EC","release_policy":[]}"#).is_err());
    }

    #[test]
    fn what_is_no_struct_is_read_as_ever() {
        let text =
            br#" {"value":"v","attributes":{"enabled":null,"exp":5},"tags":{"a":"b"},"more":[{"x":[1]}]} "#;
        let read: SetRequest = json(text).unwrap();
        assert_eq!(read.value.as_deref().map(String::as_str), Some("v"));
        assert_eq!(read.attributes.unwrap().enabled, None);
        assert_eq!(read.tags.unwrap().len(), 1);
        let create: CreateRequest = json(br#"{"key_ops":["sign"],"key_size":2048}"#).unwrap();
        assert_eq!((create.key_ops, create.key_size), (Some(vec!["sign".to_owned()]), Some(2048)));
        assert!(json::<SetRequest>(br#"{"value":"v"} x"#).is_err());
    }
}
