//! The control API as other languages see it: by its own document.

use akv_tests::{Answer, Vault, standing};

async fn send(vault: &Vault, method: &str, path: &str) -> Answer {
    vault.beside("localhost").send(method, path, "", &[]).await
}

/// Whatever an operation makes of an empty body, its path and method are there; no other method is.
#[tokio::test]
async fn every_operation_of_the_document_answers_and_no_other_does() {
    let vault = Vault::new(standing());
    let document = send(&vault, "GET", "/akv/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 10);
    for (path, operations) in paths {
        let called = path.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = send(&vault, method, &called).await;
            if operations.get(method.to_ascii_lowercase()).is_some() {
                assert_ne!(answer.status, 405, "{method} {path}: {answer:?}");
                assert!(!answer.body.contains("has no"), "{method} {path}: {answer:?}");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
            }
        }
    }
    assert_eq!(send(&vault, "GET", "/akv/nothing").await.status, 404);
    // And every parameter: a name that the journal does not know is refused as such.
    let parameters = document["paths"]["/akv/journal"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<_> = parameters.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"version") && names.contains(&"error"), "{names:?}");
    for name in names {
        let answer = send(&vault, "GET", &format!("/akv/journal?{name}=x")).await;
        assert!(!answer.body.contains("the journal knows"), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_web_page_is_refused_whatever_it_asks() {
    let vault = Vault::new(standing()).beside("localhost");
    for path in ["/akv/openapi.json", "/akv/clock", "/akv/nothing"] {
        let answer = vault.send("GET", path, "", &[("origin", "https://example.com")]).await;
        assert_eq!(answer.status, 403, "{path}");
    }
}
