//! What lifetime actions come to as time passes: which versions and mails were due by `now`, and taking them in.
//!
//! Nothing happens by itself: whoever touches a vault asks first what was due ([`Vault::due`]), makes it outside every
//! lock, each step dated at the instant it was due, and hands it back ([`Vault::renew_certificate`],
//! [`Vault::note_mail`]). Of two that do so at once, the second is told that it was done. The instants follow from the
//! facts alone, so it does not matter who asks when.
//!
//! What the documentation leaves open, decided here: a deleted certificate is not renewed, and what was due meanwhile is
//! due when it is recovered; a running operation puts it off until it has ended; a renewal that fails or is cancelled
//! is not tried again for the same version; what a changed policy would have wanted earlier is due at the change; a
//! disabled certificate is renewed and the next version is disabled too; issuer Unknown is never renewed but by its
//! owner, so that `AutoRenew` only writes to the contacts ("non-partnered authorities don't support automatic
//! renewal"); the mail that Azure sends some time before a renewal is not there, as nobody has recorded when.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::timestamp::Timestamp;
use crate::vault::Vault;
use crate::vault::certificate::{Certificate, CertificateVersion};
use crate::vault::collection::{Collection, Entry};
use crate::vault::issuance::{Course, Material, Plan};
use crate::vault::lifecycle::Lifecycle;
use crate::vault::mail::{Mail, Occasion};
use crate::vault::name::{ObjectName, Version};
use crate::vault::policy::{Action, IssuedBy, Policy};

/// The most versions that one jump of the clock makes of a certificate. If more were due, only the last ones are made,
/// at their own instants: nobody reads the hundreds between, and each takes a key.
pub const MOST_RENEWALS: usize = 24;

/// Which certificates somebody is about to touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of the vault.
    All,
    /// Those of that name.
    Name(ObjectName),
}

/// A certificate whose lifetime action was due.
#[derive(Clone, Debug)]
pub struct Due {
    /// As its creator spelled it.
    pub name: ObjectName,
    /// When it was due.
    pub at: Timestamp,
    /// The version that ages.
    version: CertificateVersion,
    policy: Arc<Policy>,
    /// What an issuer other than the key itself does about it, and how long that takes if it has a time of its own.
    by_issuer: Option<(Course, Option<Duration>)>,
}

/// What a due lifetime action wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The next version.
    Renewal,
    /// A mail to the contacts.
    Mail,
}

impl Due {
    /// What is wanted.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        match (self.policy.lifetime_action.action, self.policy.issued_by) {
            (Action::AutoRenew, IssuedBy::Own | IssuedBy::Authority | IssuedBy::Platform) => Wanted::Renewal,
            _ => Wanted::Mail,
        }
    }

    /// What to issue: one version after another, each due by the one before it, up to `now`. `delay` says how long the
    /// issuer takes for what is due at an instant.
    #[must_use]
    pub fn plans(&self, now: Timestamp, mut delay: impl FnMut(Timestamp) -> Duration) -> Vec<Plan> {
        let mut plan = |begun| {
            let plan = Plan::renewal(&self.version, Arc::clone(&self.policy), begun, delay(begun));
            match self.by_issuer.clone() {
                Some((course, delay)) => plan.on(course, delay),
                None => plan,
            }
        };
        let mut plans = std::collections::VecDeque::from([plan(self.at)]);
        while let Some(last) = plans.back() {
            let next = self.policy.lifetime_action.due(last.not_before, last.not_after);
            if next > now || next <= last.issued_at || !last.is_issued_by_itself() {
                break;
            }
            if plans.len() == MOST_RENEWALS {
                plans.pop_front();
            }
            plans.push_back(plan(next));
        }
        plans.into()
    }

    fn mail(&self, at: Timestamp, occasion: Occasion, version: Version, to: &[String]) -> Option<Mail> {
        (!to.is_empty()).then(|| Mail {
            at,
            to: to.to_vec(),
            certificate: self.name.clone(),
            version,
            occasion,
        })
    }
}

impl Vault {
    /// Whether a lifetime action may have been due by `now`. Costs nothing: it is asked for every request.
    #[must_use]
    pub fn may_be_due(&self, now: Timestamp) -> bool {
        now.millis() >= self.next_due.load(Ordering::Acquire)
    }

    /// The certificates in `scope` whose lifetime action was due by `now`.
    #[must_use]
    pub fn due(&self, scope: &Scope, now: Timestamp) -> Vec<Due> {
        let certificates = self.certificates.read();
        match scope {
            Scope::Name(name) => certificates.live(name, now).ok().and_then(due).into_iter().collect(),
            Scope::All => {
                let all: Vec<Due> = certificates.iter().filter_map(due).collect();
                let next = all.iter().map(|due| due.at.millis()).min().unwrap_or(i64::MAX);
                // Writers lower it under the lock that is held here: none is lost.
                self.next_due.store(next, Ordering::Release);
                all
            }
        }
        .into_iter()
        .filter(|due| due.at <= now)
        .map(|due| Due { by_issuer: self.by_issuer(&due.policy), ..due })
        .collect()
    }

    /// An issuer that is gone or disabled refuses, in the words in which creating is refused.
    fn by_issuer(&self, policy: &Policy) -> Option<(Course, Option<Duration>)> {
        let by_issuer = match policy.issued_by {
            IssuedBy::Authority => self.course_by_issuer(&policy.issuer),
            IssuedBy::Own | IssuedBy::Merge | IssuedBy::Platform => return None,
        };
        Some(by_issuer.unwrap_or_else(|why| (Course::Failure(Arc::new(why)), None)))
    }

    /// Takes in what was made for `due`, and says whom to write to. `None` if the certificate is no longer what it was:
    /// somebody else renewed or changed it.
    pub fn renew_certificate(&self, due: &Due, made: Vec<(Plan, Material)>) -> Option<Vec<Mail>> {
        let mut mails = Vec::with_capacity(made.len());
        let action = due.policy.lifetime_action;
        self.act(due, |certificate| {
            for (plan, material) in made {
                let occasion = match &plan.course {
                    Course::Own | Course::Authority => Some((Occasion::Renewed, material.version)),
                    Course::Failure(_) => Some((Occasion::RenewalFailed, due.version.version)),
                    Course::Merge | Course::Approval => None,
                };
                mails.extend(occasion.map(|(occasion, version)| (plan.issued_at, occasion, version)));
                // A lifetime so long that it ends with the calendar: what is due at its issue would be due forever.
                if action.due(plan.not_before, plan.not_after) <= plan.issued_at {
                    certificate.set_acted(material.version, action);
                }
                let operation = plan.operation(&material);
                let version = material.issued.map(|issued| plan.version(material.version, issued));
                certificate.renew(operation, version);
            }
        })?;
        let to = self.mail_addresses();
        Some(
            mails
                .into_iter()
                .filter_map(|(at, occasion, version)| due.mail(at, occasion, version, &to))
                .collect(),
        )
    }

    /// Notes that the contacts were written to. `None` as with [`Self::renew_certificate`], or if there are none.
    pub fn note_mail(&self, due: &Due) -> Option<Mail> {
        self.act(due, |_| ())?;
        let occasion = Occasion::Expires { at: due.version.attributes.not_after };
        due.mail(due.at, occasion, due.version.version, &self.mail_addresses())
    }

    fn act(&self, expected: &Due, take_in: impl FnOnce(&mut Certificate)) -> Option<()> {
        let mut certificates = self.certificates.write();
        let entry = certificates.entry_mut(&expected.name)?;
        let found = due(entry)?;
        let (new, old) = (&found.version, &expected.version);
        let same = found.at == expected.at
            && (new.version, new.attributes.updated) == (old.version, old.attributes.updated)
            && Arc::ptr_eq(&found.policy, &expected.policy);
        if !same {
            return None;
        }
        entry.object.set_acted(found.version.version, found.policy.lifetime_action);
        take_in(&mut entry.object);
        self.watch(&certificates, &expected.name);
        Some(())
    }

    /// To be called under the lock of whatever changed `name`, so that its next lifetime action is not missed.
    pub(super) fn watch(&self, certificates: &Collection<Certificate>, name: &ObjectName) {
        if let Some(due) = certificates.entry(name).and_then(due) {
            self.next_due.fetch_min(due.at.millis(), Ordering::AcqRel);
        }
    }

    fn mail_addresses(&self) -> Vec<String> {
        let contacts = self.certificate_contacts().unwrap_or_default();
        contacts.into_iter().filter_map(|contact| contact.email).collect()
    }
}

/// When the lifetime action of a certificate is due, if it has one that was not taken yet.
fn due(entry: &Entry<Certificate>) -> Option<Due> {
    let certificate = &entry.object;
    let Lifecycle::Live { visible_at } = entry.lifecycle else { return None };
    let version = certificate.newest()?;
    if certificate.acted() == Some((version.version, certificate.policy.lifetime_action)) {
        return None;
    }
    let own = &version.attributes;
    let at = certificate
        .policy
        .lifetime_action
        .due(own.not_before, own.not_after)
        .max(own.created)
        .max(certificate.policy.updated)
        .max(visible_at)
        .max(certificate.idle_at()?);
    Some(Due {
        name: entry.name.clone(),
        at,
        version: version.clone(),
        policy: Arc::clone(&certificate.policy),
        by_issuer: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Settings, Vault};
    use crate::wire::certificates::CreateRequest;

    const ISSUED: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const DAY: Duration = Duration::from_hours(24);

    fn plan(lifetime_action: &str) -> Plan {
        let request = format!(
            r#"{{"policy":{{"key_props":{{"kty":"EC"}},"x509_props":{{"subject":"CN=a","validity_months":3}},"lifetime_actions":[{lifetime_action}],"issuer":{{"name":"Self"}}}}}}"#
        );
        let request: CreateRequest = serde_json::from_str(&request).unwrap();
        Plan::new(request, None, ISSUED, Duration::ZERO).unwrap()
    }

    fn material(version: u128) -> Material {
        let key = crate::crypto::PrivateKey::derive(
            crate::crypto::KeySpec::Ec(crate::crypto::Curve::P256),
            [7; 32],
        )
        .unwrap();
        let issued = crate::vault::certificate::Issued {
            der: vec![],
            chain: vec![],
            thumbprint: [0; 20],
            key: key.clone(),
        };
        Material {
            key,
            csr: vec![],
            issued: Some(issued),
            version: Version::new(version),
            request_id: Version::new(version),
        }
    }

    /// A vault with one certificate, `c`.
    fn vault(lifetime_action: &str) -> (Vault, ObjectName) {
        let vault = Vault::new("kv".into(), Settings::default());
        let name = ObjectName::parse("c").unwrap();
        let placeholder = Version::new(0);
        vault.create_certificate(&name, plan(lifetime_action), placeholder, material(1), ISSUED).unwrap();
        (vault, name)
    }

    const HALF: &str = r#"{"trigger":{"lifetime_percentage":50},"action":{"action_type":"AutoRenew"}}"#;
    const MAIL: &str = r#"{"trigger":{"days_before_expiry":10},"action":{"action_type":"EmailContacts"}}"#;

    #[test]
    fn nothing_may_be_due_before_the_first_instant_and_a_look_at_all_of_it_says_when_next() {
        let (vault, name) = vault(HALF);
        let due = vault.due(&Scope::Name(name), ISSUED + 90 * DAY).remove(0);
        assert!(!vault.may_be_due(due.at - Duration::from_millis(1)));
        assert!(vault.may_be_due(due.at));
        let later = due.at + DAY;
        let plans = due.plans(later, |_| Duration::ZERO);
        assert_eq!(plans.len(), 1);
        assert!(vault.renew_certificate(&due, vec![(plans[0].clone(), material(2))]).is_some());
        assert!(vault.may_be_due(later), "one name was looked at, not all");
        assert!(vault.due(&Scope::All, later).is_empty());
        assert!(!vault.may_be_due(later));
    }

    #[test]
    fn of_two_that_make_the_same_renewal_one_is_told_so() {
        let (vault, name) = vault(HALF);
        let now = ISSUED + 60 * DAY;
        let due = vault.due(&Scope::Name(name), now).remove(0);
        let plan = due.plans(now, |_| Duration::ZERO).remove(0);
        assert!(vault.renew_certificate(&due, vec![(plan.clone(), material(2))]).is_some());
        assert!(vault.renew_certificate(&due, vec![(plan, material(3))]).is_none());
    }

    #[test]
    fn a_mail_is_written_once_to_those_who_are_contacts_then() {
        let (vault, name) = vault(MAIL);
        let contact =
            |email: &str| crate::wire::issuers::Contact { email: Some(email.into()), ..Default::default() };
        vault.set_certificate_contacts(vec![contact("a@example.com"), contact("b@example.com")]);
        let now = ISSUED.plus_months(3);
        let due = vault.due(&Scope::All, now).remove(0);
        assert_eq!((due.wanted(), due.at), (Wanted::Mail, now - 10 * DAY));
        let mail = vault.note_mail(&due).unwrap();
        assert_eq!((mail.at, mail.certificate, mail.version), (due.at, name, Version::new(1)));
        assert_eq!((mail.to.len(), mail.occasion), (2, Occasion::Expires { at: now }));
        assert_eq!(vault.note_mail(&due), None);
        assert!(vault.due(&Scope::All, now + 900 * DAY).is_empty());
    }

    #[test]
    fn a_chain_is_cut_to_its_last_links_and_their_instants_stay() {
        let (vault, name) = vault(HALF);
        let due = vault.due(&Scope::Name(name), ISSUED + 60 * DAY).remove(0);
        let all = due.plans(due.at + 1000 * DAY, |_| Duration::ZERO);
        let cut = due.plans(due.at + 1800 * DAY, |_| Duration::ZERO);
        assert_eq!((all.len() < MOST_RENEWALS, cut.len()), (true, MOST_RENEWALS));
        let begun = |plans: &[Plan]| plans.iter().map(|plan| plan.begun).collect::<Vec<_>>();
        let overlap = begun(&all).into_iter().filter(|at| *at >= cut[0].begun).collect::<Vec<_>>();
        assert!(!overlap.is_empty());
        assert_eq!(begun(&cut)[..overlap.len()], overlap);
    }
}
