//! Every operation of a family, in every phase of a name's life: status, code, inner code and message, from the family's
//! table. Its object is called `c`.

mod certificates;
mod keys;
mod secrets;

use std::collections::HashMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use akv_emulator::config::{Config, Data};
use akv_emulator::timing::Timing;
use akv_tests::{Answer, Vault, standing};

const SECOND: Duration = Duration::from_secs(1);
const NOBODY: &str = "00000000000000000000000000000000";

/// A request, and the seconds that pass before it.
type Step = (u64, &'static str, &'static str, &'static str);

/// What is tested of a family.
struct Family {
    table: &'static str,
    /// What brings the object from nowhere into a phase.
    steps: fn(&str) -> Vec<Step>,
    /// Where the object is.
    path: &'static str,
    /// Where an answer names its version.
    id: &'static str,
}

/// How an object comes into the phases that all families have: `created` makes it, the paths are those of the family, of
/// the object, of the deleted object, and of its recovery.
fn life(phase: &str, created: Step, paths: [&'static str; 4]) -> Vec<Step> {
    let [family, object, deleted, recover] = paths;
    let deletion = (1, "DELETE", object, "");
    let later = |wait, method, path| vec![created, deletion, (wait, method, path, "")];
    match phase {
        "absent" => vec![],
        "live" => vec![created],
        "deleting" => vec![created, deletion],
        "deleted" => later(1, "GET", deleted),
        "recovering" => later(1, "POST", recover),
        "purging" => later(1, "DELETE", deleted),
        "purged" => [later(1, "DELETE", deleted), vec![(1, "GET", family, "")]].concat(),
        "expired" => later(90 * 86_400, "GET", family),
        other => panic!("{other} is no phase"),
    }
}

impl Family {
    /// A vault whose object is in that phase, and the object's version. The same seed, so the same version, every time;
    /// the same key for backups, so that one blob opens in all.
    async fn vault_in(&self, phase: &str, data: &Path) -> (Vault, String) {
        let timing: Timing =
            "custom:issue=1s,cancel=1s,delete=1s,recover=1s,purge=1s,retry-after=10s".parse().unwrap();
        let vault = Vault::new(Config { timing, data: Data::Directory(data.to_owned()), ..standing() });
        let mut version = NOBODY.to_owned();
        for (wait, method, path, body) in (self.steps)(phase) {
            vault.advance(SECOND * u32::try_from(wait).unwrap());
            let answer = vault.call(method, path, body).await;
            assert!((200..300).contains(&answer.status), "{phase}: {answer:?}");
            for answer in [answer, vault.call("GET", self.path, "").await] {
                if let Some(id) = serde_json::from_str(&answer.body)
                    .ok()
                    .and_then(|json: serde_json::Value| Some(json.pointer(self.id)?.as_str()?.to_owned()))
                {
                    version = id.rsplit('/').next().unwrap().to_owned();
                }
            }
        }
        (vault, version)
    }

    /// The lines of one part of the table, without remarks.
    fn part(&self, heading: &str) -> (Vec<&'static str>, Vec<&'static str>) {
        let start = self.table.find(&format!("\n{heading}")).unwrap() + 1;
        let mut lines =
            self.table[start..].lines().take_while(|line| !line.starts_with("ANSWER") || heading == "ANSWER");
        let columns = lines.next().unwrap().split_whitespace().collect();
        (columns, lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect())
    }

    /// An answer of the second part: status, code, inner code and message.
    fn answers(&self) -> HashMap<&'static str, [&'static str; 4]> {
        let field = |text: &mut &'static str| {
            let (field, rest) = text.split_once(' ').unwrap();
            *text = rest.trim_start();
            field
        };
        let parse = |mut line: &'static str| {
            let name = field(&mut line);
            (name, [field(&mut line), field(&mut line), field(&mut line), line])
        };
        self.part("ANSWER").1.into_iter().map(parse).collect()
    }

    /// Carries out every operation in every phase. `bodies` are good in themselves, by their names in the table;
    /// `backed_up` is the version that the backup among them holds.
    async fn is_answered(&self, data: &Path, bodies: HashMap<&str, String>, backed_up: &str) {
        let answers = self.answers();
        let (columns, rows) = self.part("OPERATION");
        let mut wrong = Vec::new();
        for (place, phase) in columns[2..].iter().enumerate() {
            let (mut vault, version) = self.vault_in(phase, data).await;
            for row in &rows {
                let fields: Vec<&str> = row.split_whitespace().collect();
                let [method, path, body, cells @ ..] = fields.as_slice() else { panic!("{row}") };
                assert_eq!(cells.len(), columns.len() - 2, "{row}");
                let cell = cells[place];
                let filled = |text: &str| text.replace("{v}", &version).replace("{backup}", backed_up);
                let answer = vault.call(method, &filled(path), &bodies[body]).await;
                let expected =
                    answers.get(cell).map_or_else(|| cell.to_owned(), |answer| filled(&answer.join(" ")));
                let found = told(&answer, cell);
                if found != expected {
                    wrong.push(format!(
                        "{method} {path} while {phase}:\n  expected {expected}\n  found    {found}"
                    ));
                }
                // Reads change nothing; whatever else succeeded leaves another phase behind.
                if *method != "GET" && answer.status < 300 {
                    vault = self.vault_in(phase, data).await.0;
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// What came, in the table's words.
fn told(answer: &Answer, cell: &str) -> String {
    if answer.status >= 300 {
        let error = answer.json()["error"].clone();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        let inner = error.get("innererror").map_or("-".to_owned(), |inner| text(&inner["code"]));
        return format!("{} {} {inner} {}", answer.status, text(&error["code"]), text(&error["message"]));
    }
    let mut told = answer.status.to_string();
    if cell.contains('/') {
        write!(told, "/{}", answer.json()["value"].as_array().map_or(0, Vec::len)).unwrap();
    }
    told
}
