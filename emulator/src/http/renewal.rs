//! Catching up with lifetime actions before anybody looks: what was due by `now` is made and taken in.
//!
//! What is due is decided by [`crate::vault::renewal`]. What is drawn for it comes from a sequence apart, named by
//! vault, certificate and instant, so that with a seed nothing depends on who looks first.

use std::time::Duration;

use crate::chance::Chance;
use crate::error::Error;
use crate::http::State;
use crate::http::issuing::{self, Drawn};
use crate::http::rotation;
use crate::journal::{self, Event};
use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::mail::{Mail, Occasion};
use crate::vault::name::ObjectName;
use crate::vault::renewal::{Due, Scope, Wanted};

/// The object that a path names in whatever family, or all of them.
#[must_use]
pub fn scope(path: &[&str]) -> Scope {
    match path.get(1).map(|name| ObjectName::parse(name)) {
        Some(Ok(name)) => Scope::Name(name),
        Some(Err(_)) | None => Scope::All,
    }
}

/// Brings all vaults to `now`, for whoever looks at more than one of them.
///
/// # Errors
/// As [`catch_up`].
pub async fn catch_up_all(state: &State, now: Timestamp) -> Result<(), Error> {
    for vault in state.vaults.all().into_iter().filter(|vault| vault.deletion().is_none()) {
        catch_up(state, &vault, &Scope::All, now).await?;
    }
    Ok(())
}

/// Brings what somebody is about to touch to `now`.
///
/// # Errors
/// [`Error::Unexpected`] if a certificate cannot be made.
pub async fn catch_up(state: &State, vault: &Vault, scope: &Scope, now: Timestamp) -> Result<(), Error> {
    rotation::catch_up(state, vault, scope, now).await?;
    if !vault.may_be_due(now) {
        return Ok(());
    }
    // Whoever loses against another reader, or against a change, looks again; what was taken in is due no more.
    loop {
        let due = vault.due(scope, now);
        if due.is_empty() {
            return Ok(());
        }
        for due in due {
            for mail in act(&due, state, vault, now).await? {
                state.journal.record(mail.at, entry(vault, mail));
            }
        }
    }
}

async fn act(due: &Due, state: &State, vault: &Vault, now: Timestamp) -> Result<Vec<Mail>, Error> {
    if due.wanted() == Wanted::Mail {
        return Ok(vault.note_mail(due).into_iter().collect());
    }
    let name = due.name.key().to_string();
    let chance = |at: Timestamp| state.chance.apart(&[&vault.name, &name, &at.millis().to_string()]);
    let plans = due.plans(now, |at| delay(&chance(at), state));
    let plans = plans.into_iter().map(|plan| {
        let drawn = Drawn::new(&chance(plan.begun));
        (plan, drawn)
    });
    let made = issuing::make(&state.keys, &state.pki, plans.collect()).await?;
    Ok(vault.renew_certificate(due, made).unwrap_or_default())
}

fn delay(chance: &Chance, state: &State) -> Duration {
    chance.duration(&state.timing.issue)
}

/// The words are the emulator's own: nobody has recorded Azure's.
fn entry(vault: &Vault, mail: Mail) -> Event {
    let certificate = &mail.certificate;
    let subject = match mail.occasion {
        Occasion::Expires { at } => {
            format!("Certificate {certificate} expires at {at}: it is time to renew it")
        }
        Occasion::RenewalFailed => {
            format!("Certificate {certificate} could not be renewed: renew it by hand")
        }
        Occasion::Renewed => format!("Certificate {certificate} was renewed: version {}", mail.version),
    };
    Event::Mail(journal::Mail {
        vault: vault.name.clone(),
        certificate: certificate.to_string(),
        to: mail.to,
        subject,
    })
}
