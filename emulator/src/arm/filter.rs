//! `$filter`: the part of OData that Resource Manager's clients use, terms joined by `and`.

use super::error::ArmError;

/// One term of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// `field eq 'value'`; the field in lower case.
    Equal(String, String),
    /// `atScope()`, `assignedTo('id')`: the function in lower case, its argument.
    Function(String, String),
}

/// Reads a filter; an absent one has no terms.
///
/// # Errors
/// 400 for what it cannot read.
pub(super) fn parse(text: Option<&str>) -> Result<Vec<Term>, ArmError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    let terms = split(text).into_iter().map(|term| read(&term));
    terms.collect::<Option<_>>().ok_or_else(|| ArmError::InvalidFilter(text.to_owned()))
}

/// Cuts at `and` outside of quotes; a doubled quote within quotes changes nothing.
fn split(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut quoted = false;
    for word in text.split_inclusive(' ') {
        let is_and = !quoted && word.trim().eq_ignore_ascii_case("and");
        quoted ^= word.matches('\'').count() % 2 == 1;
        match terms.last_mut() {
            Some(last) if !is_and => last.push_str(word),
            _ => terms.push(String::new()),
        }
    }
    terms
}

fn read(term: &str) -> Option<Term> {
    let term = term.trim();
    if let Some((function, rest)) = term.split_once('(').filter(|(name, _)| is_word(name)) {
        let argument = rest.strip_suffix(')')?;
        return Some(Term::Function(function.to_ascii_lowercase(), unquoted(argument)));
    }
    let (field, rest) = term.split_once(' ')?;
    let (operator, value) = rest.trim_start().split_once(' ')?;
    (is_word(field) && operator.eq_ignore_ascii_case("eq"))
        .then(|| Term::Equal(field.to_ascii_lowercase(), unquoted(value.trim())))
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'/')
}

fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.map_or_else(|| text.to_owned(), |inner| inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(field: &str, value: &str) -> Term {
        Term::Equal(field.into(), value.into())
    }

    #[test]
    fn the_filters_of_the_cli_are_read() {
        let vault = "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'V'";
        assert_eq!(
            parse(Some(vault)).unwrap(),
            [equal("resourcetype", "Microsoft.KeyVault/vaults"), equal("name", "V")]
        );
        assert_eq!(
            parse(Some("roleName eq 'Salt and Pepper''s'")).unwrap(),
            [equal("rolename", "Salt and Pepper's")]
        );
        let mine = "atScope() and assignedTo('00000000-0000-0000-0000-000000000001')";
        assert_eq!(
            parse(Some(mine)).unwrap(),
            [
                Term::Function("atscope".into(), String::new()),
                Term::Function("assignedto".into(), "00000000-0000-0000-0000-000000000001".into())
            ]
        );
        assert_eq!(parse(Some("principalId eq abc")).unwrap(), [equal("principalid", "abc")]);
        assert_eq!(parse(None).unwrap(), []);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for wrong in ["name", "name ne 'x'", "name eq", "and", "name eq 'x' and", "f('x'", "a b c d"] {
            let refused = parse(Some(wrong));
            assert!(refused.is_err(), "{wrong}: {refused:?}");
        }
    }
}
