//! Each function by what learn.microsoft.com's examples give, each refusal by its sentence.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Evaluator, Names, Place, Stage, UserFunction};
use crate::arm::error::ExpressionError;
use crate::timestamp::Timestamp;

struct Known(Value);

impl Names for Known {
    fn place(&self) -> &dyn Place {
        self
    }

    fn parameter(&self, name: &str) -> Result<Value, ExpressionError> {
        match name {
            "vault" => Ok("kv".into()),
            "tags" => Ok(json!({"Team": "a", "n": [1, 2, 3]})),
            _ => Err(ExpressionError::ParameterNotFound(name.to_owned())),
        }
    }

    fn variable(&self, name: &str) -> Result<Value, ExpressionError> {
        Err(ExpressionError::VariableNotFound(name.to_owned()))
    }

    fn resource(&self, name: &str, version: Option<&str>) -> Result<Value, ExpressionError> {
        match name {
            "kv" => Ok(json!({"id": "/kv", "properties": {"vaultUri": "https://kv/"}})),
            _ => Err(ExpressionError::Awaits(name.to_owned(), version.map(str::to_owned))),
        }
    }

    fn resources(&self, _: &str) -> Result<Vec<Value>, ExpressionError> {
        Ok(vec![json!({"properties": {"n": 0}}), json!({"properties": {"n": 1}})])
    }

    fn info(&self, name: &str) -> Result<Value, ExpressionError> {
        Ok(json!({ "name": name }))
    }
}

impl Place for Known {
    fn fact(&self, name: &str) -> Option<Value> {
        match name {
            "subscription" => Some(json!({"id": "/subscriptions/S", "subscriptionId": "S", "tenantId": "T"})),
            "resourcegroup" => {
                Some(json!({"id": "/subscriptions/S/resourceGroups/rg", "name": "rg", "location": "eastus"}))
            }
            _ => None,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::parse("2027-01-31T12:34:56Z").unwrap()
    }

    fn new_guid(&self) -> Uuid {
        Uuid::from_u128(7)
    }

    fn function(&self, name: &str) -> Option<UserFunction<'_>> {
        match name {
            "own.greet" => Some(UserFunction { parameters: vec!["name"], output: &self.0["greet"] }),
            "own.again" => Some(UserFunction { parameters: vec![], output: &self.0["again"] }),
            _ => None,
        }
    }
}

fn place() -> Known {
    Known(json!({"greet": "[concat('hello ', parameters('name'))]", "again": "[own.again()]"}))
}

fn evaluated(text: &str, stage: Stage) -> Result<Value, ExpressionError> {
    let place = place();
    Evaluator::new(&place, stage).within(&[("outer".to_owned(), 4), ("inner".to_owned(), 1)]).text(text)
}

#[track_caller]
fn gives(cases: &[(&str, Value)]) {
    for (text, value) in cases {
        assert_eq!(evaluated(&format!("[{text}]"), Stage::Run).as_ref(), Ok(value), "{text}");
    }
}

#[test]
fn a_text_in_brackets_is_an_expression_and_a_doubled_bracket_is_none() {
    for (text, value) in [
        ("plain", json!("plain")),
        ("[[not one]", json!("[not one]")),
        ("[open", json!("[open")),
        ("", json!("")),
        ("['it''s']", json!("it's")),
        ("[ 'x' ]", json!("x")),
        ("[42]", json!(42)),
        ("[-1]", json!(-1)),
        ("[parameters('tags').team]", json!("a")),
        ("[parameters('tags')['n'][1]]", json!(2)),
    ] {
        assert_eq!(evaluated(text, Stage::Run), Ok(value), "{text}");
    }
}

#[test]
fn functions_of_text() {
    gives(&[
        ("concat('a', 1, 'b')", json!("a1b")),
        ("concat(createArray(1), createArray('x'))", json!([1, "x"])),
        ("format('{0}-{1}-{0} {{x}}', 'a', 7)", json!("a-7-a {x}")),
        ("toLower('ABC')", json!("abc")),
        ("toUpper('abc')", json!("ABC")),
        ("trim('  a ')", json!("a")),
        ("replace('a-b-c', '-', '')", json!("abc")),
        ("substring('one two', 4, 3)", json!("two")),
        ("substring('one two', 4)", json!("two")),
        ("split('a-b,c', createArray('-', ','))", json!(["a", "b", "c"])),
        ("split('a-b', '-')", json!(["a", "b"])),
        ("join(createArray('a', 'b'), '-')", json!("a-b")),
        ("startsWith('abcdef', 'AB')", json!(true)),
        ("endsWith('abcdef', 'EF')", json!(true)),
        ("padLeft('123', 10, '0')", json!("0000000123")),
        ("base64('one, two, three')", json!("b25lLCB0d28sIHRocmVl")),
        ("base64ToString('b25lLCB0d28sIHRocmVl')", json!("one, two, three")),
        ("json('{\"a\": null}').a", Value::Null),
        ("string(createObject('a', true()))", json!("{\"a\":true}")),
        ("uriComponent('http://a/b c')", json!("http%3A%2F%2Fa%2Fb%20c")),
        ("uriComponentToString('http%3A%2F%2Fa')", json!("http://a")),
        ("uniqueString('hello', 'world')", json!("a7wkljktk6wne")),
        // Name-based by RFC 4122, of the namespace that guid has.
        ("length(guid('a', 'b'))", json!(36)),
        ("equals(guid('a', 'b'), guid('a-b'))", json!(true)),
    ]);
}

#[test]
fn functions_of_arrays_and_objects() {
    gives(&[
        ("array('a')", json!(["a"])),
        ("createObject('a', 1, 'b', createArray())", json!({"a": 1, "b": []})),
        ("length('äb')", json!(2)),
        ("length(parameters('tags'))", json!(2)),
        ("empty('')", json!(true)),
        ("empty(null())", json!(true)),
        ("first(createArray('a', 'b'))", json!("a")),
        ("last('one')", json!("e")),
        ("take('one', 2)", json!("on")),
        ("skip(createArray(1, 2, 3), 2)", json!([3])),
        ("contains('OneTwo', 'Two')", json!(true)),
        ("contains(parameters('tags'), 'TEAM')", json!(true)),
        ("contains(createArray(1, 2), 3)", json!(false)),
        ("indexOf('test', 'T')", json!(0)),
        ("lastIndexOf('test', 't')", json!(3)),
        ("indexOf(createArray('a', 'b'), 'c')", json!(-1)),
        ("range(5, 3)", json!([5, 6, 7])),
        ("union(createArray(1, 2), createArray(2, 3))", json!([1, 2, 3])),
        ("union(json('{\"a\": {\"x\": 1}}'), json('{\"a\": {\"y\": 2}}'))", json!({"a": {"x": 1, "y": 2}})),
        (
            "shallowMerge(createArray(json('{\"a\": {\"x\": 1}}'), json('{\"a\": {\"y\": 2}}')))",
            json!({"a": {"y": 2}}),
        ),
        ("intersection(createArray(1, 2), createArray(2, 3))", json!([2])),
        ("items(json('{\"b\": 1}'))", json!([{"key": "b", "value": 1}])),
        ("objectKeys(json('{\"b\": 1}'))", json!(["b"])),
        ("flatten(createArray(createArray(1), createArray(2)))", json!([1, 2])),
        ("map(createArray(1, 2), lambda('x', add(lambdaVariables('x'), 1)))", json!([2, 3])),
        ("filter(range(0, 4), lambda('x', greater(lambdaVariables('x'), 2)))", json!([3])),
        (
            "reduce(range(0, 4), 0, lambda('a', 'x', add(lambdaVariables('a'), lambdaVariables('x'))))",
            json!(6),
        ),
        ("toObject(createArray('a'), lambda('x', lambdaVariables('x')), lambda('x', 1))", json!({"a": 1})),
    ]);
}

#[test]
fn functions_of_truth_and_numbers() {
    gives(&[
        // The branch that is not taken names what is not there.
        ("if(true(), 'yes', parameters('absent'))", json!("yes")),
        ("if(equals('a', 'A'), parameters('absent'), 'no')", json!("no")),
        ("and(true(), true(), false())", json!(false)),
        ("or(false(), true())", json!(true)),
        ("not(false())", json!(true)),
        ("bool('true')", json!(true)),
        ("coalesce(null(), 'a', parameters('absent'))", json!("a")),
        ("tryGet(parameters('tags'), 'absent')", Value::Null),
        ("tryGet(parameters('tags'), 'n', 2)", json!(3)),
        ("less(1, 2)", json!(true)),
        ("greaterOrEquals('b', 'a')", json!(true)),
        ("add(1, 2)", json!(3)),
        ("sub(1, 2)", json!(-1)),
        ("mul(3, 2)", json!(6)),
        ("div(8, 3)", json!(2)),
        ("mod(7, 3)", json!(1)),
        ("int('4')", json!(4)),
        ("min(createArray(2, 1))", json!(1)),
        ("max(0, 3, 2)", json!(3)),
    ]);
}

#[test]
fn functions_of_the_place_and_its_resources() {
    let group = "/subscriptions/S/resourceGroups/rg/providers/Microsoft.KeyVault/vaults";
    gives(&[
        ("resourceGroup().location", json!("eastus")),
        ("subscription().tenantId", json!("T")),
        ("resourceId('Microsoft.KeyVault/vaults', parameters('vault'))", json!(format!("{group}/kv"))),
        (
            "resourceId('Microsoft.KeyVault/vaults/secrets', 'kv', 'db')",
            json!(format!("{group}/kv/secrets/db")),
        ),
        (
            "resourceId('other', 'Microsoft.KeyVault/vaults', 'kv')",
            json!("/subscriptions/S/resourceGroups/other/providers/Microsoft.KeyVault/vaults/kv"),
        ),
        (
            "resourceId('U', 'other', 'Microsoft.KeyVault/vaults', 'kv')",
            json!("/subscriptions/U/resourceGroups/other/providers/Microsoft.KeyVault/vaults/kv"),
        ),
        (
            "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'r')",
            json!("/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/r"),
        ),
        ("extensionResourceId('/x/y', 'A.B/c', 'd')", json!("/x/y/providers/A.B/c/d")),
        ("tenantResourceId('A.B/c', 'd')", json!("/providers/A.B/c/d")),
        ("reference('kv').vaultUri", json!("https://kv/")),
        ("reference('kv', '2023-07-01', 'Full').id", json!("/kv")),
        ("references('all')[1].n", json!(1)),
        ("resourceInfo('kv').name", json!("kv")),
        ("copyIndex()", json!(1)),
        ("copyIndex(10)", json!(11)),
        ("copyIndex('outer')", json!(4)),
        ("copyIndex('outer', 1)", json!(5)),
        ("own.greet('you')", json!("hello you")),
        ("dateTimeToEpoch('2027-01-31T00:00:00Z')", json!(1_801_353_600)),
        ("dateTimeFromEpoch(1801353600)", json!("2027-01-31T00:00:00Z")),
        ("dateTimeAdd('2027-01-31T00:00:00Z', 'P1MT2H')", json!("2027-02-28T02:00:00Z")),
        ("dateTimeAdd('2020-04-07 14:53:14Z', '-P9D')", json!("2020-03-29T14:53:14Z")),
        ("dateTimeAdd('20270131T123456Z', 'P1Y')", json!("20280131T123456Z")),
    ]);
    assert_eq!(evaluated("[utcNow()]", Stage::Default), Ok(json!("20270131T123456Z")));
    assert_eq!(evaluated("[utcNow('yyyy-MM-dd')]", Stage::Default), Ok(json!("2027-01-31")));
    assert_eq!(evaluated("[newGuid()]", Stage::Default), Ok(json!(Uuid::from_u128(7))));
}

#[test]
fn a_loop_of_a_property_is_an_array() {
    let value = json!({"copy": [{"name": "rules", "count": 2, "input": {"value": "[concat('10.0.0.', copyIndex('rules'))]"}}]});
    let found = Evaluator::new(&place(), Stage::Run).value(&value);
    assert_eq!(found, Ok(json!({"rules": [{"value": "10.0.0.0"}, {"value": "10.0.0.1"}]})));
    for (copy, why) in [
        (json!({"name": "rules", "count": 801, "input": 1}), ExpressionError::Count),
        (json!({"name": "rules", "count": -1, "input": 1}), ExpressionError::Count),
        (json!({"count": 1, "input": 1}), ExpressionError::Member("name")),
    ] {
        let found = Evaluator::new(&place(), Stage::Run).value(&json!({ "copy": [copy] }));
        assert_eq!(found, Err(why));
    }
}

#[track_caller]
fn says(cases: &[(&str, &str)]) {
    for (text, sentence) in cases {
        let error = evaluated(text, Stage::Run).expect_err(text);
        assert_eq!(error.to_string(), *sentence, "{text}");
    }
}

#[test]
fn what_is_not_there_or_not_here_is_named_with_a_page_to_read() {
    says(&[
        (
            "[nonsense('x')]",
            "The template function 'nonsense' is not valid. Please see https://aka.ms/arm-functions for usage details.",
        ),
        (
            "[parameters('absent')]",
            "The template parameter 'absent' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details.",
        ),
        (
            "[variables('absent')]",
            "The template variable 'absent' is not found. Please see https://aka.ms/arm-syntax-variables for usage details.",
        ),
    ]);
    for name in ["utcNow", "newGuid", "tenant"] {
        let sentence = format!(
            "The template function '{name}' is not expected at this location. Please see https://aka.ms/arm-functions for usage details."
        );
        says(&[(&format!("[{name}()]"), &sentence)]);
    }
    let copy = ExpressionError::NotExpectedHere("copyIndex".to_owned());
    assert_eq!(evaluated("[copyIndex('absent')]", Stage::Run), Err(copy));
    let early = ExpressionError::NotExpectedHere("reference".to_owned());
    assert_eq!(evaluated("[reference('kv')]", Stage::Start), Err(early));
}

#[test]
fn what_cannot_be_evaluated_says_why() {
    says(&[
        (
            "[parameters('tags').absent]",
            "The language expression property 'absent' doesn't exist, available properties are 'Team, n'.",
        ),
        ("[parameters('tags').n[3]]", "The language expression property array index '3' is out of bounds."),
        ("['a'.b]", "The language expression property 'b' can't be evaluated."),
        (
            "[concat('a'; 'b')]",
            "The language expression 'concat('a'; 'b')' is not valid: the string character ';' at position '10' is not expected.",
        ),
        (
            "[concat('a']",
            "Unable to parse language expression 'concat('a'': expected token 'EndOfData' and actual 'Unknown'.",
        ),
        (
            "[toLower('a', 'b')]",
            "Unable to evaluate template language function 'toLower': it takes 1 arguments, not 2.",
        ),
        ("[toLower(1)]", "Unable to evaluate template language function 'toLower': argument 1 is no string."),
        (
            "[format('{1}', 'a')]",
            "Unable to evaluate template language function 'format': the format string '{1}' is not valid.",
        ),
        ("[div(1, 0)]", "Unable to evaluate template language function 'div': there is no such integer."),
        ("[own.again()]", "The value of 'own.again' depends on itself."),
        (
            "[own.greet()]",
            "Unable to evaluate template language function 'own.greet': it takes 1 arguments, not 0.",
        ),
        (
            "[dateTimeAdd('2027-01-31', 'P1X')]",
            "Unable to evaluate template language function 'dateTimeAdd': argument 2 is no duration of ISO 8601.",
        ),
        ("[reference('other')]", "The resource 'other' is not defined in the template."),
        ("[]", "Unable to parse language expression '': expected token 'EndOfData' and actual 'Unknown'."),
    ]);
    let deep = format!("[{}1{}]", "not(".repeat(200), ")".repeat(200));
    assert!(evaluated(&deep, Stage::Run).is_err());
}
