//! Where in a request's text a member stands: refusals name line and column.
//!
//! The text has been read as JSON before, so that this only walks it.

/// Line and column, from 1, of what a path leads to (`properties.template.resources[0].name`); zeros where it leads
/// nowhere. Azure's reader counts the column after the first character of the value.
pub(super) fn of(text: &[u8], path: &str) -> (usize, usize) {
    let mut walk = Walk { text, at: 0 };
    let steps = path.split(['.', '[']).map(|step| step.trim_end_matches(']')).filter(|step| !step.is_empty());
    let found = steps.into_iter().try_for_each(|step| walk.enter(step));
    if found.is_none() {
        return (0, 0);
    }
    walk.skip_space();
    let before = &text[..walk.at.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    (line, column)
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',' || byte == b':') {
            self.at += 1;
        }
    }

    /// Goes to the value of a member or an item.
    fn enter(&mut self, step: &str) -> Option<()> {
        self.skip_space();
        let is_object = self.peek()? == b'{';
        self.at += 1;
        for turn in 0_usize.. {
            self.skip_space();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let found = if is_object {
                let name = self.string()?;
                self.skip_space();
                name.eq_ignore_ascii_case(step)
            } else {
                step.parse() == Ok(turn)
            };
            if found {
                return Some(());
            }
            self.skip_value()?;
        }
        None
    }

    /// Passes over a text and gives it as it is written.
    fn string(&mut self) -> Option<String> {
        let start = self.at + 1;
        self.at = start;
        while self.peek()? != b'"' {
            self.at += if self.peek()? == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        String::from_utf8(self.text.get(start..self.at - 1)?.to_vec()).ok()
    }

    fn skip_value(&mut self) -> Option<()> {
        self.skip_space();
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                _ => {
                    while self.peek().is_some_and(|byte| !b",:]}{[\" \n\r\t".contains(&byte)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
            self.skip_space();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_by_line_and_column() {
        let text = br#"{"properties": {"a": [1, {"x\"": "}"}],
  "b": { "Name": "x" } }}"#;
        for (path, place) in [
            ("properties", (1, 16)),
            ("properties.a[1]", (1, 26)),
            ("properties.b", (2, 8)),
            ("properties.b.name", (2, 18)),
            ("properties.c", (0, 0)),
            ("properties.a[2]", (0, 0)),
        ] {
            assert_eq!(of(text, path), place, "{path}");
        }
    }
}
