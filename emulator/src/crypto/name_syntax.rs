//! The text form of a distinguished name as Windows reads and writes it: keywords, separators, quotes.
//!
//! It must not know ASN.1 beyond object identifiers: it turns text into attributes and an attribute into text.

use std::fmt::{self, Write};

use der::asn1::ObjectIdentifier;

/// How the value of an attribute is written in ASN.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// PrintableString where possible, else UTF8String.
    Directory,
    /// PrintableString only.
    Printable,
    /// PrintableString of two letters.
    Country,
    /// IA5String.
    Ia5,
}

/// An attribute that has a keyword of its own.
pub(super) struct AttributeType {
    pub(super) oid: ObjectIdentifier,
    pub(super) syntax: Syntax,
    /// The first is the one that Windows writes; any is read, in any case.
    keywords: &'static [&'static str],
}

const fn attribute(oid: &str, syntax: Syntax, keywords: &'static [&'static str]) -> AttributeType {
    AttributeType { oid: ObjectIdentifier::new_unwrap(oid), syntax, keywords }
}

/// Source: the keywords of the Windows function CertStrToName, and the long forms of .NET and OpenSSL.
const ATTRIBUTES: [AttributeType; 20] = [
    attribute("2.5.4.3", Syntax::Directory, &["CN", "COMMONNAME"]),
    attribute("2.5.4.4", Syntax::Directory, &["SN", "SURNAME"]),
    attribute("2.5.4.5", Syntax::Printable, &["SERIALNUMBER"]),
    attribute("2.5.4.6", Syntax::Country, &["C", "COUNTRY"]),
    attribute("2.5.4.7", Syntax::Directory, &["L", "LOCALITY"]),
    attribute("2.5.4.8", Syntax::Directory, &["S", "ST", "STATE"]),
    attribute("2.5.4.9", Syntax::Directory, &["STREET", "STREETADDRESS"]),
    attribute("2.5.4.10", Syntax::Directory, &["O", "ORGANIZATION"]),
    attribute("2.5.4.11", Syntax::Directory, &["OU", "ORGANIZATIONALUNIT"]),
    attribute("2.5.4.12", Syntax::Directory, &["T", "TITLE"]),
    attribute("2.5.4.13", Syntax::Directory, &["Description"]),
    attribute("2.5.4.17", Syntax::Directory, &["PostalCode"]),
    attribute("2.5.4.18", Syntax::Directory, &["POBox"]),
    attribute("2.5.4.20", Syntax::Printable, &["Phone"]),
    attribute("2.5.4.24", Syntax::Printable, &["X21Address"]),
    attribute("2.5.4.42", Syntax::Directory, &["G", "GN", "GIVENNAME"]),
    attribute("2.5.4.43", Syntax::Directory, &["I", "INITIALS"]),
    attribute("2.5.4.46", Syntax::Printable, &["dnQualifier"]),
    attribute("1.2.840.113549.1.9.1", Syntax::Ia5, &["E", "EMAIL", "EMAILADDRESS"]),
    attribute("0.9.2342.19200300.100.1.25", Syntax::Ia5, &["DC", "DOMAINCOMPONENT"]),
];

/// How the attribute `oid` is written; one without a keyword is a directory string.
pub(super) fn syntax(oid: ObjectIdentifier) -> Syntax {
    ATTRIBUTES.iter().find(|known| known.oid == oid).map_or(Syntax::Directory, |known| known.syntax)
}

/// The attribute that a keyword or `OID.1.2.3` or `1.2.3` stands for.
fn attribute_oid(keyword: &str) -> Result<ObjectIdentifier, String> {
    let known = ATTRIBUTES
        .iter()
        .find(|known| known.keywords.iter().any(|own| own.eq_ignore_ascii_case(keyword)))
        .map(|known| known.oid);
    let dotted = match keyword.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case("OID.") => &keyword[4..],
        _ => keyword,
    };
    known.or_else(|| ObjectIdentifier::new(dotted).ok()).ok_or_else(|| format!("`{keyword}` is no attribute"))
}

/// One `keyword=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) oid: ObjectIdentifier,
    pub(super) value: String,
}

/// The relative distinguished names of `text` in the order of the text; one holds several attributes if `+` joins
/// them. A separator may end the text.
///
/// # Errors
/// What is wrong, as the end of a sentence.
pub(super) fn parse(text: &str) -> Result<Vec<Vec<Attribute>>, String> {
    let mut cursor = Cursor { rest: text.trim_start() };
    let mut names = Vec::new();
    while !cursor.rest.is_empty() {
        names.push(cursor.relative_name()?);
    }
    Ok(names)
}

/// What is left to read; between tokens never blank at its start.
struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    /// Attributes joined by `+`, and the separator behind them.
    fn relative_name(&mut self) -> Result<Vec<Attribute>, String> {
        let mut attributes = vec![self.attribute()?];
        while self.eat(&['+']) {
            attributes.push(self.attribute()?);
        }
        self.eat(&[',', ';']);
        Ok(attributes)
    }

    fn attribute(&mut self) -> Result<Attribute, String> {
        let oid = self.keyword()?;
        let value = if self.eat(&['"']) { self.quoted()? } else { self.unquoted()? };
        Ok(Attribute { oid, value })
    }

    fn keyword(&mut self) -> Result<ObjectIdentifier, String> {
        let end = self.rest.find(['=', ',', ';', '+', '"']).unwrap_or(self.rest.len());
        let keyword = self.rest[..end].trim();
        self.rest = &self.rest[end..];
        if !self.eat(&['=']) {
            return Err(format!("`{keyword}` has no `=` and no value"));
        }
        if keyword.is_empty() {
            return Err("a value has no attribute before its `=`".to_owned());
        }
        attribute_oid(keyword)
    }

    /// Everything up to the closing quote; a doubled or escaped quote stands for one.
    fn quoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        let mut characters = self.rest.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match (character, next) {
                ('"', Some('"')) | ('\\', Some('"' | '\\')) => {
                    value.extend(characters.next().map(|(_, escaped)| escaped));
                }
                ('"', _) => {
                    self.rest = self.rest[index + 1..].trim_start();
                    return self.expect_end_of_value().map(|()| value);
                }
                _ => value.push(character),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    fn expect_end_of_value(&self) -> Result<(), String> {
        if self.rest.is_empty() || self.rest.starts_with([',', ';', '+']) {
            return Ok(());
        }
        Err("text follows a closing quote".to_owned())
    }

    /// Everything up to a separator, without the blanks at its end. A backslash takes the meaning from a special
    /// character; before any other it is itself, as in `CN=CONTOSO\alice`.
    fn unquoted(&mut self) -> Result<String, String> {
        let mut value = String::new();
        let mut kept = 0; // escaped blanks at the end stay
        let mut characters = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((index, character)) = characters.next() {
            match character {
                ',' | ';' | '+' => {
                    end = index;
                    break;
                }
                '"' => return Err("a quote stands inside a value".to_owned()),
                '\\' if characters.peek().is_some_and(|(_, next)| is_special(*next)) => {
                    value.extend(characters.next().map(|(_, escaped)| escaped));
                    kept = value.len();
                }
                _ => value.push(character),
            }
        }
        self.rest = &self.rest[end..];
        value.truncate(value.trim_end().len().max(kept));
        Ok(value)
    }

    /// Goes past one of `tokens` and the blanks behind it, if it is there.
    fn eat(&mut self, tokens: &[char]) -> bool {
        let Some(rest) = self.rest.strip_prefix(tokens) else { return false };
        self.rest = rest.trim_start();
        true
    }
}

const fn is_special(character: char) -> bool {
    matches!(character, ',' | ';' | '+' | '=' | '"' | '\\' | '<' | '>' | '#' | ' ')
}

/// The value of an attribute that is to be written.
pub(super) enum Value {
    /// A string.
    Text(String),
    /// Anything else, in DER.
    Der(Vec<u8>),
}

/// Writes `keyword=value` as .NET does: the Windows keyword or `OID.1.2.3`, then the text, in quotes if it needs
/// them, or `#` and the DER in hexadecimal.
pub(super) fn write_attribute(out: &mut impl Write, oid: ObjectIdentifier, value: &Value) -> fmt::Result {
    match ATTRIBUTES.iter().find(|known| known.oid == oid) {
        Some(known) => out.write_str(known.keywords[0])?,
        None => write!(out, "OID.{oid}")?,
    }
    match value {
        Value::Text(text) if needs_quotes(text) => write!(out, "=\"{}\"", text.replace('"', "\"\"")),
        Value::Text(text) => write!(out, "={text}"),
        Value::Der(der) => {
            out.write_str("=#")?;
            der.iter().try_for_each(|byte| write!(out, "{byte:02X}"))
        }
    }
}

/// Source: the documentation of the Windows function CertNameToStr.
fn needs_quotes(value: &str) -> bool {
    value.is_empty()
        || value.trim() != value
        || value.contains([',', ';', '+', '=', '"', '<', '>', '#', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each relative name as its Windows text, joined by ` | `.
    fn read(text: &str) -> String {
        let names = parse(text).unwrap();
        let written = names.iter().map(|attributes| {
            let parts = attributes.iter().map(|attribute| {
                let mut out = String::new();
                write_attribute(&mut out, attribute.oid, &Value::Text(attribute.value.clone())).unwrap();
                out
            });
            parts.collect::<Vec<_>>().join(" + ")
        });
        written.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn separators_blanks_and_case_do_not_matter() {
        assert_eq!(read("cn=a,o = b ;ou=x, Ou=y,"), "CN=a | O=b | OU=x | OU=y");
        assert_eq!(read("  "), "");
    }

    #[test]
    fn quotes_and_backslashes_protect_separators() {
        assert_eq!(read(r#"O="Contoso, ""Ltd""" , CN=a"#), r#"O="Contoso, ""Ltd""" | CN=a"#);
        assert_eq!(read(r#"O="a \"b\"""#), r#"O="a ""b""""#);
        assert_eq!(read(r"O=Contoso\, Ltd"), r#"O="Contoso, Ltd""#);
        assert_eq!(read(r"CN=CONTOSO\alice"), r"CN=CONTOSO\alice");
        assert_eq!(read("CN=a\\ \t, O=\"\""), r#"CN="a " | O="""#);
    }

    #[test]
    fn plus_joins_attributes_of_one_relative_name() {
        assert_eq!(read("CN=a + OU=b, C=US"), "CN=a + OU=b | C=US");
    }

    #[test]
    fn every_keyword_has_its_windows_spelling() {
        assert_eq!(read("ST=WA, state=WA, emailaddress=a@b, STREET=s"), "S=WA | S=WA | E=a@b | STREET=s");
        assert_eq!(read("OID.2.5.4.3=a, 1.2.3=b, oid.1.2.4=c"), "CN=a | OID.1.2.3=b | OID.1.2.4=c");
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_reason() {
        for (text, reason) in [
            ("Self", "`Self` has no `=` and no value"),
            ("CN=a, b", "`b` has no `=` and no value"),
            ("CN=a,,O=b", "`` has no `=` and no value"),
            ("=a", "a value has no attribute before its `=`"),
            ("FOO=a", "`FOO` is no attribute"),
            ("CN=\"a", "a quote is not closed"),
            ("CN=\"a\"b", "text follows a closing quote"),
            ("CN=a\"b\"", "a quote stands inside a value"),
        ] {
            assert_eq!(parse(text), Err(reason.to_owned()), "{text}");
        }
    }
}
