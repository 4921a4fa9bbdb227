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
fn what_nobody_has_recorded_is_answered_as_what_it_is_like_and_marked() {
    let like = Error::InvalidBody.answer();
    assert_eq!(like.source, Source::Quoted);
    assert_eq!(Error::InvalidBody.assumed().answer(), Answer { source: Source::Unverified, ..like });
    // The emulator's own words stay its own.
    let own = || Error::NotEmulated("x".into());
    assert_eq!(own().assumed(), own());
}

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
