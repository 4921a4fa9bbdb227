use super::*;
use crate::identity::DEFAULT_TENANT;
use crate::timestamp::Timestamp;

fn directory(rules: Rules) -> Directory {
    Directory::new(DEFAULT_TENANT, rules)
}

fn upn(text: &str) -> UserPrincipalName {
    UserPrincipalName::parse(text).unwrap()
}

fn id_of(directory: &Directory, name: &str) -> Option<Uuid> {
    directory.user_named(&upn(name)).map(|user| user.id)
}

/// identity-and-control-plane.md P14: the reader of a quickstart types the printed name, or their own.
#[test]
fn the_developer_is_the_printed_name_and_the_first_other_one() {
    let directory = directory(Rules::default());
    let developer = directory.developer();
    assert_eq!(developer.user_principal_name, upn(DEFAULT_USER));
    assert_eq!(id_of(&directory, "Jane@contoso.com"), Some(developer.id));
    assert_eq!(id_of(&directory, "jane@CONTOSO.com"), Some(developer.id));
    assert_eq!(id_of(&directory, DEFAULT_USER), Some(developer.id));
    assert_eq!(directory.developer().user_principal_name, upn("jane@contoso.com"));

    let bob = id_of(&directory, "bob@contoso.com").unwrap();
    assert_ne!(bob, developer.id);
    assert_eq!(id_of(&directory, "BOB@contoso.com"), Some(bob));
    assert_eq!(directory.users().len(), 2);
}

#[test]
fn a_name_has_the_same_id_in_every_run() {
    let rules = Rules { users: vec![upn("me@contoso.com")], ..Rules::default() };
    let (first, second) = (directory(rules.clone()), directory(rules));
    assert_eq!(id_of(&first, "a@b.c"), id_of(&second, "A@b.c"));
    let app = Uuid::from_u128(7);
    assert_eq!(first.service_principal_of(app), second.service_principal_of(app));
    assert_eq!(first.default_domain(), "contoso.com");
}

/// A refresh token of an earlier run names whom the directory has forgotten; nobody else may become the developer by it.
#[test]
fn who_was_there_in_an_earlier_run_appears_as_the_same() {
    let earlier = directory(Rules::default());
    let (developer, bob) = (id_of(&earlier, "me@a.b").unwrap(), id_of(&earlier, "bob@a.b").unwrap());
    let later = directory(Rules::default());
    assert_eq!(later.user_again(bob, &upn("bob@a.b")).unwrap().id, bob);
    assert_eq!(later.user_again(developer, &upn("me@a.b")).unwrap().id, developer);
    assert_eq!(later.developer().user_principal_name, upn("me@a.b"));
    assert_eq!(id_of(&later, "me@a.b"), Some(developer));
    let closed = directory(Rules { admission: Admission::Closed, ..Rules::default() });
    assert_eq!(closed.user_again(bob, &upn("bob@a.b")), None);
}

#[test]
fn who_is_named_at_the_start_is_the_developer_and_the_printed_name_is_another() {
    let directory = directory(Rules { users: vec![upn("me@contoso.com")], ..Rules::default() });
    assert_eq!(id_of(&directory, "me@contoso.com"), Some(directory.developer().id));
    assert_ne!(id_of(&directory, DEFAULT_USER), Some(directory.developer().id));
}

#[test]
fn a_closed_directory_holds_whom_it_was_told_and_nobody_appears() {
    let app = Uuid::from_u128(7);
    let directory = directory(Rules {
        users: vec![upn("me@contoso.com"), upn("bob@contoso.com")],
        applications: vec![(app, None)],
        admission: Admission::Closed,
        ..Rules::default()
    });
    assert_eq!(id_of(&directory, "eve@contoso.com"), None);
    assert!(id_of(&directory, "bob@contoso.com").is_some());
    assert!(directory.service_principal_of(app).is_some());
    assert_eq!(directory.service_principal_of(Uuid::from_u128(8)), None);
    assert_eq!(directory.user_assigned_identity(Uuid::from_u128(8)), None);
}

#[test]
fn an_object_id_is_no_client_id() {
    let directory = directory(Rules::default());
    assert_eq!(directory.service_principal_of(directory.developer().id), None);
}

#[test]
fn the_machines_identity_is_the_developer_unless_it_is_its_own() {
    let ones = directory(Rules::default());
    assert_eq!(ones.system_identity(), SystemAssigned::Developer(ones.developer()));
    let own = directory(Rules { system_identity: SystemIdentity::Own, ..Rules::default() });
    let SystemAssigned::Own(identity) = own.system_identity() else { panic!("not its own") };
    assert_eq!(identity.kind, ServicePrincipalType::ManagedIdentity);
    assert_ne!(identity.id, own.developer().id);
}

#[test]
fn a_user_assigned_identity_is_one_by_its_resource_and_by_its_client_id() {
    let directory = directory(Rules::default());
    let resource =
        "/subscriptions/s/resourcegroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/worker";
    let found = directory.user_assigned_identity_at(resource).unwrap();
    assert_eq!(found.display_name, "worker");
    assert_eq!(directory.user_assigned_identity_at(&resource.to_uppercase()).unwrap().id, found.id);
    assert_eq!(directory.user_assigned_identity(found.app_id).unwrap().id, found.id);
}

#[test]
fn membership_reaches_through_groups_and_round_in_circles() {
    let directory = directory(Rules::default());
    let group = |name: &str| directory.create_group(name.into(), name.into(), None).unwrap().id;
    let (inner, outer, other) = (group("inner"), group("outer"), group("inner"));
    let join = |group, member| {
        directory.change(group, |object| match object {
            Object::Group(group) => {
                group.members.push(member);
                Ok(())
            }
            _ => unreachable!(),
        })
    };
    let developer = directory.developer().id;
    join(inner, developer).unwrap();
    join(outer, inner).unwrap();
    join(inner, outer).unwrap();
    assert_eq!(directory.groups_of(developer), [inner, outer]);
    assert!(directory.groups_of(other).is_empty());
    directory.remove(inner).unwrap();
    assert!(directory.groups_of(developer).is_empty());
}

#[test]
fn a_registered_application_has_no_principal_until_it_is_given_one() {
    let directory = directory(Rules::default());
    let register = || directory.register("tool".into(), Vec::new(), Timestamp::default()).unwrap();
    let (first, second) = (register(), register());
    assert_ne!(first.app_id, second.app_id);
    assert_eq!(directory.service_principal_of(first.app_id), None);
    let principal = directory.create_service_principal(first.app_id).unwrap();
    assert_eq!(principal.display_name, "tool");
    assert_eq!(
        directory.create_service_principal(first.app_id),
        Err(Refusal::Taken("servicePrincipalNames"))
    );
    directory.remove(first.id).unwrap();
    assert_eq!(directory.object(principal.id), None);
    assert_eq!(directory.create_service_principal(first.app_id), Err(Refusal::NotFound(first.app_id)));
}

#[test]
fn names_are_unique_and_the_developer_stays() {
    let directory = directory(Rules::default());
    let create = |name| directory.create_user(upn(name), "x".into(), None);
    assert!(create("bob@contoso.com").is_ok());
    assert_eq!(create("BOB@contoso.com"), Err(Refusal::Taken("userPrincipalName")));
    assert_eq!(create(DEFAULT_USER), Err(Refusal::Taken("userPrincipalName")));
    let developer = directory.developer().id;
    assert_eq!(directory.remove(developer), Err(Refusal::NotFound(developer)));
    directory.remove(id_of(&directory, "bob@contoso.com").unwrap()).unwrap();
    assert_eq!(directory.users().len(), 1);
}

#[test]
fn what_is_no_sign_in_name_is_none() {
    for text in ["", "a", "@b.c", "a@", "a@b", "a@b.", "a@.c", "a b@c.d", "a@b@c.d", "a@b.c'", "é@b.c"] {
        assert_eq!(UserPrincipalName::parse(text), None, "{text}");
    }
    assert!(UserPrincipalName::parse("first.last+tag#EXT#@contoso.onmicrosoft.com").is_some());
    assert_eq!(UserPrincipalName::parse(&format!("{}@b.c", "a".repeat(113))), None);
}

#[test]
fn secrets_do_not_show() {
    assert_eq!(format!("{:?}", Secret::of("hunter2")), "Secret(..)");
}
