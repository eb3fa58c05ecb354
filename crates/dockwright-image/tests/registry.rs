//! Images of a registry: a small one on this machine that wants a token, and says no.

#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use dockwright_image::testing::{Archive, ImageBuilder, listing};
use dockwright_image::{Image, ImageError, ReadOptions, Reference, read};

fn shop() -> ImageBuilder {
    ImageBuilder::new()
        .layer(
            "ADD rootfs.tar",
            Archive::new().file("etc/os-release", "ID=debian\n"),
        )
        .layer("COPY shop /shop", Archive::new().file("shop", "program"))
}

/// The kind of a manifest, and the bytes of everything by its digest.
type Content = HashMap<String, Vec<u8>>;

/// Serves an image under `team/shop:1` to those who have a token. What is under `closed` is served
/// to nobody.
fn serve(image: &ImageBuilder) -> String {
    let files = image.layout();
    let index = files.iter().find(|(path, _)| path == "index.json").unwrap();
    let index: serde_json::Value = serde_json::from_slice(&index.1).unwrap();
    let manifest = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
    let content: Content = files
        .into_iter()
        .map(|(path, bytes)| (path.replace("blobs/sha256/", "sha256:"), bytes))
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (content, here) = (Arc::new(content), host.clone());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (content, manifest, here) = (Arc::clone(&content), manifest.clone(), here.clone());
            thread::spawn(move || answer(&stream, &content, &manifest, &here));
        }
    });
    host
}

fn answer(mut stream: &TcpStream, content: &Content, manifest: &str, host: &str) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let has_token = headers
        .iter()
        .any(|it| it.eq_ignore_ascii_case("authorization: bearer opensesame"));
    let (status, more, body) = if path.starts_with("/token?") {
        assert_eq!(path, "/token?service=shop&scope=repository:team/shop:pull");
        (
            200,
            String::new(),
            br#"{"access_token": "opensesame"}"#.to_vec(),
        )
    } else if path.starts_with("/v2/closed/") || !has_token {
        let challenge = format!(
            "WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"shop\",scope=\"repository:team/shop:pull\"\r\n"
        );
        (401, challenge, Vec::new())
    } else {
        let name = path
            .trim_start_matches("/v2/team/shop/manifests/")
            .trim_start_matches("/v2/team/shop/blobs/");
        let name = if name == "1" { manifest } else { name };
        match content.get(name) {
            Some(bytes) => {
                let kind = "Content-Type: application/vnd.oci.image.manifest.v1+json\r\n";
                (200, kind.to_owned(), bytes.clone())
            }
            None => (404, String::new(), Vec::new()),
        }
    };
    let head = format!(
        "HTTP/1.1 {status} Answer\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A reader that has gone away is not the server's concern.
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

fn open(name: &str) -> Result<Image, ImageError> {
    read(
        &Reference::parse(&format!("docker://{name}"))?,
        &ReadOptions::default(),
    )
}

#[test]
fn an_image_for_those_who_have_a_token() {
    let host = serve(&shop());
    let image = open(&format!("{host}/team/shop:1")).unwrap();
    let same = shop().read(&ReadOptions::default()).unwrap();
    assert_eq!(listing(&image), listing(&same));
    let digest = image.digest.unwrap();
    assert_eq!(Some(&digest), same.digest.as_ref());
    // The digest is a name as well.
    assert!(open(&format!("{host}/team/shop@{digest}")).is_ok());
}

#[test]
fn what_is_not_there_or_not_for_everyone() {
    let host = serve(&shop());
    let told = [
        format!("{host}/team/shop:2"),
        format!("{host}/closed/shop:1"),
        "127.0.0.1:1/team/shop".to_owned(),
    ]
    .map(|name| {
        let error = open(&name).unwrap_err();
        // The port is another one each time, and the system words its own errors.
        let text = format!("{}\n{}", error.error, error.hint).replace(&host, "HOST");
        text.replace(
            text.split_once(": io:")
                .map_or("-", |(_, rest)| rest.split('\n').next().unwrap()),
            " …",
        )
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    `HOST` has no `2` of `team/shop`
    check the name and the tag, and log in with `docker login` if it is not for everyone
    `HOST` does not let you read `closed/shop`
    log in with `docker login HOST`
    cannot reach `127.0.0.1:1`: io: …
    check the name and the network, or pull the image and give its name alone
    ");
}

#[test]
fn a_layer_that_is_another() {
    let mut image = shop();
    let wrong = Archive::new().file("etc/os-release", "ID=other\n").finish();
    image = image.blob("COPY x /x", wrong, Archive::new().file("x", "").finish());
    let host = serve(&image);
    let error = open(&format!("{host}/team/shop:1")).unwrap_err();
    assert!(
        error
            .error
            .starts_with("layer 3: it has the digest sha256:"),
        "{}",
        error.error
    );
}
