//! `secret-in-environment`

use std::collections::BTreeSet;

use dockwright_environment::compose::{Pair, Project};
use dockwright_environment::{Value, VariableSource};

use crate::rule::{Context, Describe, Rule, rule};
use crate::{Confidence, Finding, images, secrets};

rule! {
    /// There is a secret that stands in a Compose file.
    ///
    /// ## What it does
    ///
    /// Reports values in `environment` that have the form of a known kind of token or are a private key, and values
    /// without order under a name that speaks of a secret. A name and a value that could be a password are reported at
    /// low confidence: in files for development most are made up. So is everything in files for tests and for show. Values that come from `.env` or from the caller, and
    /// placeholders, are left alone.
    ///
    /// ## Why is this bad?
    ///
    /// Everybody who can read the repository has it, now and in its history.
    ///
    /// ## Example
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     environment:
    ///       SESSION_SECRET: 9f86d081884c7d659a2feaa0c55ad015
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: acme/web:1
    ///     environment:
    ///       SESSION_SECRET:
    /// ```
    ///
    /// ## Fix safety
    ///
    /// No fix: it has to be changed where it is used, and to come from elsewhere.
    ///
    /// ## References
    ///
    /// - Compose documentation, "Manage secrets securely in Docker Compose"
    SecretInEnvironment {
        name: "secret-in-environment",
        family: Compose,
        severity: Error,
        fix: None,
        aliases: [],
    }
}

impl Rule for SecretInEnvironment {
    fn check_environment(&self, cx: Context<'_>, findings: &mut Vec<Finding>) {
        // `extends` and `include` bring one value to several places.
        let mut seen = BTreeSet::new();
        for project in &cx.environment.compose {
            for (entry, value) in written(project) {
                let name = &entry.name.text;
                let Some((what, confidence)) = secrets::evidence(name, &value.text) else {
                    continue;
                };
                if !seen.insert(value.location) {
                    continue;
                }
                let file = &cx.environment.documents.get(value.location.document).path;
                let is_show =
                    images::is_test(cx.environment, value.location) || secrets::is_sample(file);
                let confidence = if is_show { Confidence::Low } else { confidence };
                let message = format!("the value of `{name}` looks like {what}");
                findings.push(
                    Finding::new(self.metadata(), value.location, message)
                        .confidence(confidence)
                        .help("take it from a secret, or from the environment of whoever calls Compose; change it if it is in use"),
                );
            }
        }
    }
}

/// What the files of a project say themselves that variables of its services are.
fn written(project: &Project) -> impl Iterator<Item = (&Pair, &Value)> {
    let entries = project
        .services
        .iter()
        .flat_map(|service| &service.environment);
    let entries = entries.filter_map(|entry| Some((entry, entry.value.as_ref()?)));
    entries.filter(|(_, value)| {
        let mut variables = value.variables.iter();
        variables.all(|variable| variable.source == VariableSource::Default)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::audit;

    #[test]
    fn what_a_value_shows() {
        insta::assert_snapshot!(audit("secret-in-environment", "\
-- compose.yaml --
services:
  web:
    image: web
    environment:
      - STRIPE=sk_live_4eC39HqLyjWDarjtT1zdp7dc
      - API_TOKEN=${API_TOKEN:-f3a9c1e07b5d4826f3a9c1e07b5d4826}
      - DB_PASSWORD=hunter2hunter
      - DATABASE_URL=postgres://app:Wq8zLr2xVt9p@db.acme.org/app
"), @r#"
        error compose.yaml:5:16 the value of `STRIPE` looks like a live key of Stripe
          help: take it from a secret, or from the environment of whoever calls Compose; change it if it is in use
        error (medium) compose.yaml:6:19 the value of `API_TOKEN` looks like a secret
          help: take it from a secret, or from the environment of whoever calls Compose; change it if it is in use
        error (low) compose.yaml:7:21 the value of `DB_PASSWORD` looks like a password
          help: take it from a secret, or from the environment of whoever calls Compose; change it if it is in use
        error (low) compose.yaml:8:22 the value of `DATABASE_URL` looks like an address with a password in it
          help: take it from a secret, or from the environment of whoever calls Compose; change it if it is in use
        "#);
    }

    #[test]
    fn what_is_no_secret() {
        let files = "\
-- compose.yaml --
services:
  web:
    image: web
    environment:
      API_TOKEN: ${API_TOKEN}
      OTHER_TOKEN: ${OTHER_TOKEN:?needed}
      FROM_FILE_TOKEN: ${FROM_FILE_TOKEN}
      DB_PASSWORD: changeme
      PASSWORD_FILE: /run/secrets/password
      KEY_FINGERPRINT: 9f86d081884c7d659a2feaa0c55ad015
      DATABASE_URL: postgres://app:password@db/app
      AWS_ACCESS_KEY_ID: AKIAIOSFODNN7EXAMPLE
-- .env --
FROM_FILE_TOKEN=f3a9c1e07b5d4826f3a9c1e07b5d4826
";
        assert_eq!(audit("secret-in-environment", files), "");
    }
}
