//! What a template comes to: its resources with their ids, loops unrolled, in an order that their dependencies allow.
//!
//! Pure, and before anything is deployed: names, conditions and loops must be known here; bodies stay as they are
//! written, because they may ask for what an earlier resource came to.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::expression::{Evaluator, Stage, Text, child_of, read, resource_id, split_name};
use super::facts::Facts;
use super::references;
use super::settle::Settled;
use crate::arm::error::{ExpressionError, MOST_RESOURCES, TemplateError};

/// One resource to be deployed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    /// Its name where `resources` is an object.
    pub(super) symbol: Option<String>,
    /// The name of the loop that it is a turn of.
    pub(super) of_loop: Option<String>,
    /// Its resource id.
    pub(super) id: String,
    /// `type`, from the root.
    pub(super) kind: String,
    /// `name`, from the root.
    pub(super) name: String,
    /// `apiVersion`.
    pub(super) version: String,
    /// What is sent, still with its expressions.
    pub(super) body: Map<String, Value>,
    /// The loops that it is in.
    pub(super) loops: Vec<(String, i64)>,
    /// Which of the others must be there before.
    pub(super) needs: BTreeSet<usize>,
    /// `existing`: it is only asked for.
    pub(super) existing: bool,
    /// Its condition is false.
    pub(super) skipped: bool,
    /// Where it stands in the template.
    pub(super) path: String,
}

/// Why there is no plan, and where in the template; without a path, it is of the whole.
#[derive(Debug, PartialEq)]
pub(super) struct Flaw {
    pub(super) path: String,
    pub(super) why: TemplateError,
}

/// Members of a resource that are Resource Manager's own and not sent to its provider.
const OWN: [&str; 14] = [
    "type",
    "name",
    "apiVersion",
    "condition",
    "copy",
    "dependsOn",
    "resources",
    "comments",
    "metadata",
    "existing",
    "scope",
    "resourceGroup",
    "subscriptionId",
    "asserts",
];

/// Which of the resources a text names: a symbol, a turn of a loop (`vaults[0]`), a loop, an id, or a name.
pub(super) fn locate(plan: &[Planned], name: &str) -> Vec<usize> {
    let same = |own: &str| own.eq_ignore_ascii_case(name);
    let having = |of: &dyn Fn(&Planned) -> bool| -> Vec<usize> {
        plan.iter().enumerate().filter(|(_, planned)| of(planned)).map(|(index, _)| index).collect()
    };
    let tail = name.trim_start_matches('/').to_lowercase();
    let is_id = |planned: &Planned| {
        let id = planned.id.to_lowercase();
        id == format!("/{tail}") || (tail.contains('/') && id.ends_with(&format!("/providers/{tail}")))
    };
    let turn = |planned: &Planned| match (&planned.symbol, planned.loops.last()) {
        (Some(symbol), Some((_, turn))) => same(&format!("{symbol}[{turn}]")),
        _ => false,
    };
    [
        having(&|planned| planned.symbol.as_deref().is_some_and(same)),
        having(&turn),
        having(&is_id),
        having(&|planned| planned.of_loop.as_deref().is_some_and(same)),
        having(&|planned| same(&planned.name)),
    ]
    .into_iter()
    .find(|found| !found.is_empty())
    .unwrap_or_default()
}

/// The plan of a template, in order.
///
/// # Errors
/// The first flaw.
pub(super) fn plan(settled: &Settled<'_>) -> Result<Vec<Planned>, Flaw> {
    let mut planning = Planning { settled, all: Vec::new(), wanted: Vec::new() };
    planning.collect(&settled.place.template.resources, "resources", &Parent::default())?;
    let mut seen = BTreeSet::new();
    for planned in planning.all.iter().filter(|planned| !planned.skipped && !planned.existing) {
        if !seen.insert(planned.id.to_lowercase()) {
            return Err(Flaw { path: planned.path.clone(), why: TemplateError::Twice(planned.name.clone()) });
        }
    }
    planning.depend()?;
    ordered(&planning.all)
}

/// What a resource stands in.
#[derive(Clone, Default)]
struct Parent {
    kind: String,
    name: String,
    loops: Vec<(String, i64)>,
}

struct Planning<'a> {
    settled: &'a Settled<'a>,
    all: Vec<Planned>,
    /// `dependsOn` of each.
    wanted: Vec<Vec<String>>,
}

impl Planning<'_> {
    fn collect(&mut self, resources: &Value, path: &str, parent: &Parent) -> Result<(), Flaw> {
        each(resources, path)
            .into_iter()
            .try_for_each(|(resource, path, symbol)| self.resource(resource, &path, symbol, parent))
    }

    /// A resource, or each turn of its loop.
    fn resource(
        &mut self,
        resource: &Value,
        path: &str,
        symbol: Option<&str>,
        parent: &Parent,
    ) -> Result<(), Flaw> {
        let Some(members) = resource.as_object() else {
            let written = symbol.unwrap_or_default().to_owned();
            return Err(Flaw { path: path.to_owned(), why: TemplateError::NotText(written, "type") });
        };
        let Some((name, count)) = self.looped(resource, path, symbol, &parent.loops)? else {
            return self.turn(members, path, symbol, parent, None);
        };
        (0..count).try_for_each(|turn| self.turn(members, path, symbol, parent, Some((name, turn))))
    }

    /// The name of a resource's loop and how many turns it takes, if it is in one.
    fn looped<'v>(
        &self,
        resource: &'v Value,
        path: &str,
        symbol: Option<&'v str>,
        loops: &[(String, i64)],
    ) -> Result<Option<(&'v str, i64)>, Flaw> {
        let Some(copy) = resource.get("copy").filter(|copy| copy.is_object()) else { return Ok(None) };
        let count = Evaluator::new(self.settled, Stage::Start).within(loops).count(&copy["count"]);
        let count = count.map_err(|why| match why {
            ExpressionError::Count => Flaw { path: format!("{path}.copy"), why: TemplateError::Loop },
            why => {
                let written = resource["name"].as_str().or(symbol).unwrap_or_default().to_owned();
                Flaw { path: path.to_owned(), why: TemplateError::Resource(written, why) }
            }
        })?;
        Ok(Some((copy["name"].as_str().or(symbol).unwrap_or_default(), count)))
    }

    /// How many resources they are with every turn of their loops, none of them unrolled: a loop in a loop counts as it
    /// is in the first turn of the outer one.
    fn size(&self, resources: &Value, path: &str, loops: &[(String, i64)]) -> Result<usize, Flaw> {
        each(resources, path).into_iter().try_fold(0, |all: usize, (resource, path, symbol)| {
            let looped = self.looped(resource, &path, symbol, loops)?;
            let mut inner = loops.to_vec();
            inner.extend(looped.map(|(name, _)| (name.to_owned(), 0)));
            let turns = looped.map_or(1, |(_, count)| usize::try_from(count).unwrap_or(usize::MAX));
            let children = resource.get("resources").unwrap_or(&Value::Null);
            let one = self.size(children, &format!("{path}.resources"), &inner)?.saturating_add(1);
            Ok(all.saturating_add(turns.saturating_mul(one)))
        })
    }

    fn turn(
        &mut self,
        members: &Map<String, Value>,
        path: &str,
        symbol: Option<&str>,
        parent: &Parent,
        of_loop: Option<(&str, i64)>,
    ) -> Result<(), Flaw> {
        let mut loops = parent.loops.clone();
        loops.extend(of_loop.map(|(name, turn)| (name.to_owned(), turn)));
        let evaluator = Evaluator::new(self.settled, Stage::Start).within(&loops);
        let read = Reading { members, evaluator, path };
        // A condition is not its children's too: learn.microsoft.com, "Conditional deployment in ARM templates".
        let skipped = !read.condition()?;
        let (mut kind, mut name) = (read.text("type")?, read.text("name")?);
        if !parent.kind.is_empty() {
            (kind, name) = child_of((&parent.kind, &parent.name), (&kind, &name));
        }
        let id = read.id(self.settled.place.facts, &kind, &name)?;
        let inner = Parent { kind: kind.clone(), name: name.clone(), loops: loops.clone() };
        if self.all.len() == MOST_RESOURCES {
            let all = self.size(&self.settled.place.template.resources, "resources", &[])?;
            let why = TemplateError::TooMany(all.max(MOST_RESOURCES + 1));
            return Err(Flaw { path: String::new(), why });
        }
        self.wanted.push(read.depends_on()?);
        self.all.push(Planned {
            symbol: symbol.map(str::to_owned),
            of_loop: of_loop.map(|(name, _)| name.to_owned()),
            id,
            version: read.text("apiVersion")?,
            body: members
                .iter()
                .filter(|(m, _)| !OWN.contains(&m.as_str()))
                .map(|(m, v)| (m.clone(), v.clone()))
                .collect(),
            existing: members.get("existing") == Some(&Value::Bool(true)),
            kind,
            name,
            loops,
            needs: BTreeSet::new(),
            skipped,
            path: path.to_owned(),
        });
        match members.get("resources") {
            Some(children) => self.collect(children, &format!("{path}.resources"), &inner),
            None => Ok(()),
        }
    }

    /// Finds what each resource needs: what `dependsOn` names, and what its body asks for.
    fn depend(&mut self) -> Result<(), Flaw> {
        for index in 0..self.all.len() {
            let planned = &self.all[index];
            let mut needs = BTreeSet::new();
            for name in &self.wanted[index] {
                let found = locate(&self.all, name);
                if found.is_empty() {
                    let why = TemplateError::NotDefined(name.clone());
                    return Err(Flaw { path: planned.path.clone(), why });
                }
                needs.extend(found);
            }
            let evaluator = Evaluator::new(self.settled, Stage::Start).within(&planned.loops);
            for name in references::of(&planned.body, &evaluator) {
                needs.extend(locate(&self.all, &name));
            }
            // A resource may ask for its own loop's name; it does not wait for itself.
            needs.remove(&index);
            self.all[index].needs = needs;
        }
        Ok(())
    }
}

/// The resources of an array or, each with its symbol, of an object; and where each stands.
fn each<'v>(resources: &'v Value, path: &str) -> Vec<(&'v Value, String, Option<&'v str>)> {
    match resources {
        Value::Object(members) => members
            .iter()
            .map(|(symbol, resource)| (resource, format!("{path}.{symbol}"), Some(symbol.as_str())))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, resource)| (resource, format!("{path}[{index}]"), None))
            .collect(),
        _ => Vec::new(),
    }
}

/// One resource being read.
struct Reading<'a> {
    members: &'a Map<String, Value>,
    evaluator: Evaluator<'a>,
    path: &'a str,
}

impl Reading<'_> {
    fn written(&self) -> String {
        self.members.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    fn flaw(&self, why: ExpressionError) -> Flaw {
        Flaw { path: self.path.to_owned(), why: TemplateError::Resource(self.written(), why) }
    }

    fn optional(&self, member: &str) -> Result<Option<Value>, Flaw> {
        self.members
            .get(member)
            .map(|value| self.evaluator.value(value))
            .transpose()
            .map_err(|why| self.flaw(why))
    }

    fn text(&self, member: &'static str) -> Result<String, Flaw> {
        match self.optional(member)? {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            _ => {
                Err(Flaw { path: self.path.to_owned(), why: TemplateError::NotText(self.written(), member) })
            }
        }
    }

    fn condition(&self) -> Result<bool, Flaw> {
        match self.optional("condition")? {
            None | Some(Value::Bool(true)) => Ok(true),
            Some(Value::Bool(false)) => Ok(false),
            Some(_) => Err(self.flaw(ExpressionError::Member("condition"))),
        }
    }

    fn depends_on(&self) -> Result<Vec<String>, Flaw> {
        let names = self.optional("dependsOn")?.unwrap_or_default();
        Ok(names.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// The resource's id: below `scope`, below the group that it names, or below the place of the deployment.
    fn id(&self, facts: &Facts<'_>, kind: &str, name: &str) -> Result<String, Flaw> {
        let segments = || Flaw {
            path: self.path.to_owned(),
            why: TemplateError::Segments(name.to_owned(), kind.to_owned()),
        };
        let subscription = facts.subscription["id"].as_str().unwrap_or_default();
        if kind.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
            return Ok(format!("{subscription}/resourceGroups/{name}"));
        }
        let below = resource_id(kind, &split_name(name)).ok_or_else(segments)?;
        let own = facts.group.as_ref().unwrap_or(&facts.subscription)["id"].as_str().unwrap_or_default();
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
        let base = match (text(self.optional("scope")?), text(self.optional("resourceGroup")?)) {
            (Some(scope), _) if scope.starts_with('/') => scope.trim_end_matches('/').to_owned(),
            (Some(scope), _) => format!("{own}/providers/{scope}"),
            (None, Some(group)) => match text(self.optional("subscriptionId")?) {
                Some(other) => format!("/subscriptions/{other}/resourceGroups/{group}"),
                None => format!("{subscription}/resourceGroups/{group}"),
            },
            (None, None) => own.to_owned(),
        };
        Ok(format!("{base}/{below}"))
    }
}

/// Each after what it needs, otherwise as they stand.
fn ordered(all: &[Planned]) -> Result<Vec<Planned>, Flaw> {
    let (mut order, mut done) = (Vec::new(), BTreeSet::new());
    while order.len() < all.len() {
        let free = |index: &usize| !done.contains(index) && all[*index].needs.is_subset(&done);
        match (0..all.len()).find(free) {
            Some(index) => {
                order.push(index);
                done.insert(index);
            }
            None => {
                let stuck = all.iter().enumerate().find(|(index, _)| !done.contains(index));
                let (path, id) = stuck.map(|(_, p)| (p.path.clone(), p.id.clone())).unwrap_or_default();
                return Err(Flaw { path, why: TemplateError::Circular(id) });
            }
        }
    }
    let place = |old: &usize| order.iter().position(|index| index == old).unwrap_or_default();
    let mut sorted: Vec<Planned> = order.iter().map(|index| all[*index].clone()).collect();
    for planned in &mut sorted {
        planned.needs = planned.needs.iter().map(place).collect();
    }
    Ok(sorted)
}

/// The expression of a text, if it is one that can be read.
pub(super) fn expression(text: &str) -> Option<super::expression::Expression> {
    match read(text) {
        Ok(Text::Expression(expression)) => Some(expression),
        _ => None,
    }
}
