//! Pins every literal of the error table to its source in the fact sheets: a file for each family of situations, a row
//! for each literal.

mod access;
mod certificates;
mod hardware;
mod keys;
mod objects;
mod own;
mod requests;

use super::{Answer, Error, Family, HsmRefusal, ReleaseRefusal, Source};

type Row = (Error, u16, &'static str, Option<&'static str>, &'static str, Source);

/// The literals, each with the section of the fact sheets it was read in.
#[test]
fn every_literal_is_the_one_of_its_source() {
    let families = [
        access::rows(),
        requests::rows(),
        hardware::rows(),
        keys::rows(),
        certificates::rows(),
        objects::rows(),
        own::rows(),
    ];
    for (error, status, code, inner, message, source) in families.into_iter().flatten() {
        let expected = Answer { status, code, inner, message: message.into(), source };
        assert_eq!(error.answer(), expected, "{error:?}");
    }
}
