//! Resource ids out of types and names.

use crate::arm::error::ExpressionError;

/// `providers/{namespace}/{type}/{name}/..` for `Microsoft.KeyVault/vaults/secrets` and `kv/db`; `None` where the type has
/// not one segment more than the name.
pub(in crate::arm::deployments) fn resource_id(kind: &str, names: &[&str]) -> Option<String> {
    let (namespace, types) = kind.split_once('/')?;
    let types: Vec<_> = types.split('/').collect();
    if types.len() != names.len() || types.iter().chain(names).any(|part| part.is_empty()) {
        return None;
    }
    let mut id = format!("providers/{namespace}");
    for (kind, name) in types.iter().zip(names) {
        id.push('/');
        id.push_str(kind);
        id.push('/');
        id.push_str(name);
    }
    Some(id)
}

/// The segments of a resource's name.
pub(in crate::arm::deployments) fn split_name(name: &str) -> Vec<&str> {
    name.split('/').collect()
}

/// Type and name of a resource that stands inside of another.
pub(in crate::arm::deployments) fn child_of(parent: (&str, &str), child: (&str, &str)) -> (String, String) {
    (format!("{}/{}", parent.0, child.0), format!("{}/{}", parent.1, child.1))
}

/// The arguments of `resourceId` and its like: what stands before the type, the type, the names.
pub(super) fn arguments<'a>(
    name: &str,
    values: &'a [String],
) -> Result<(&'a [String], &'a str, Vec<&'a str>), ExpressionError> {
    let wrong = |why: &str| ExpressionError::Arguments(name.to_owned(), why.to_owned());
    let at = values.iter().position(|value| value.contains('/') && !value.starts_with('/'));
    let at = at.ok_or_else(|| wrong("a fully qualified resource type must be given"))?;
    Ok((&values[..at], &values[at], values[at + 1..].iter().map(String::as_str).collect()))
}
