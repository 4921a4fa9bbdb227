//! What two vaults' answers to one scenario do not have in common, for people.

use std::fmt::Write;

use diff::Result::{Both, Left, Right};

use super::{Heard, Scenario, comparable};

/// One vault's answers, and its host.
type Answers<'a> = (&'a [Heard], &'a str);

/// The difference of two vaults' answers, a block for each step that was answered differently: `-` is the first's, `+` the
/// second's. `None` if there is none.
#[must_use]
pub fn difference(scenario: &Scenario, one: Answers<'_>, other: Answers<'_>) -> Option<String> {
    let mut text = String::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        let lines = |(heard, host): Answers<'_>| {
            heard.get(number).map_or_else(|| vec!["no answer".to_owned()], |heard| comparable(heard, host))
        };
        let (one, other) = (lines(one), lines(other));
        if one == other {
            continue;
        }
        let _ = writeln!(text, "{} {}: {}", scenario.name, number + 1, step.request);
        for line in diff::slice(&one, &other) {
            let _ = match line {
                Both(..) => Ok(()),
                Left(line) => writeln!(text, "  - {line}"),
                Right(line) => writeln!(text, "  + {line}"),
            };
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn heard(status: u16, body: &'static str) -> Heard {
        let body = Bytes::from_static(body.as_bytes());
        Heard { names: [].into(), status, headers: HeaderMap::new(), body }
    }

    #[test]
    fn a_step_that_was_answered_differently_is_named_with_what_each_said() {
        let text = "about = 'a'\n[[step]]\nrequest = 'GET /keys'\nstatus = 200\n[[step]]\nrequest = 'GET /keys/k'\nstatus = 200";
        let scenario = Scenario::parse("mine", text).unwrap();
        let one =
            [heard(200, r#"{"value":[]}"#), heard(200, r#"{"id":"https://a.x.net/keys/k","kty":"EC"}"#)];
        let other =
            [heard(200, r#"{"value":[]}"#), heard(429, r#"{"id":"https://b.y.net/keys/k","kty":"EC"}"#)];
        assert_eq!(difference(&scenario, (&one, "a.x.net"), (&one, "a.x.net")), None);
        assert_eq!(
            difference(&scenario, (&one, "a.x.net"), (&other, "b.y.net")).unwrap(),
            "mine 2: GET /keys/k\n  - status 200\n  + status 429\n"
        );
        assert!(difference(&scenario, (&one, "a.x.net"), (&[], "b.y.net")).unwrap().contains("+ no answer"));
    }
}
