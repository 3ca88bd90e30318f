//! Command lines of the Docker client, in small letters.

/// The command that has failed, in the message of Node's `execFile`.
pub(super) fn failed_command(text: &str) -> Option<&str> {
    text.strip_prefix("command failed: ")?.lines().next()
}

/// Whether a command line is one of the Docker client.
pub(super) fn is_client(line: &str) -> bool {
    let program = line.split_whitespace().next().unwrap_or_default();
    program.rsplit('/').next() == Some("docker")
}

/// The containers of which a text says that there are none.
pub(super) fn missing_containers(text: &str) -> Vec<&str> {
    let said = text.match_indices("no such ").filter_map(|(at, head)| {
        let rest = &text[at + head.len()..];
        rest.strip_prefix("container: ").or_else(|| rest.strip_prefix("object: "))
    });
    let ids = said.filter_map(|rest| rest.split_whitespace().next());
    ids.map(|id| id.trim_matches(['"', '\'', '`', '.', ','])).collect()
}

/// Whether a container is one that a command line asks for.
pub(super) fn names(line: &str, id: &str) -> bool {
    let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
    words.next();
    let mut command = without_options(words.collect());
    if command.first() == Some(&"container") {
        command.remove(0);
    }
    let Some((name, rest)) = command.split_first().filter(|_| is_client(line)) else {
        return false;
    };
    match *name {
        // What follows the container is run in it.
        "exec" => without_options(rest.to_vec()).first() == Some(&id),
        // A container that is named there is not the one that is made.
        "run" | "create" => false,
        // `docker cp` has a path behind the name.
        _ => rest.iter().any(|word| word.split(':').next() == Some(id)),
    }
}

/// The words from the first one on that is neither an option nor the value of one.
fn without_options(mut words: Vec<&str>) -> Vec<&str> {
    // Those of `docker`, then those of `docker exec`, whose values are words of their own.
    const LONG: [&str; 12] = [
        "--config",
        "--context",
        "--host",
        "--log-level",
        "--tlscacert",
        "--tlscert",
        "--tlskey",
        "--detach-keys",
        "--env",
        "--env-file",
        "--user",
        "--workdir",
    ];
    const SHORT: [char; 6] = ['h', 'c', 'l', 'e', 'u', 'w'];
    while let Some(option) = words.first().filter(|word| word.starts_with('-')) {
        let is_short = !option.starts_with("--");
        // A value may follow its letter at once: `-uroot`.
        let takes_next = is_short && option.find(SHORT) == Some(option.len() - 1);
        let has_value = takes_next || LONG.contains(option);
        words.drain(..words.len().min(1 + usize::from(has_value)));
    }
    words
}
