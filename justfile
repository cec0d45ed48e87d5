# Every task of the project: `just` lists them. Each gets by itself what is missing on the machine.

set shell := ["bash", "-euo", "pipefail", "-c"]

target := env("CARGO_TARGET_DIR", justfile_directory() / "target")
commonhold := quote(target / "debug/commonhold")
guests := quote(target / "guests")
just := quote(just_executable())

_list:
    @{{ just }} --list --unsorted

# Run the examples: shared objects from Rust and from Python, a word count, an index, a pipeline of several processes, a plugin, and two embeddings
demo: _rust-guests _python-runtime
    @{{ just }} _say "proxy objects, in Rust"
    @{{ commonhold }} run {{ guests }}/commonhold/proxy-objects.wasm
    @{{ just }} _say "proxy objects, in Python"
    @{{ commonhold }} run guest/examples/proxy-objects/proxy_objects.py
    @{{ just }} _say "types of a program's own, in Python"
    @{{ commonhold }} run guest/examples/registered-types/maths.py
    @{{ commonhold }} run guest/examples/registered-types/new_types.py
    @{{ just }} _say "the most frequent words of three texts, counted by four processes"
    @texts=(guest/examples/word-count/texts/*.txt); \
        {{ commonhold }} run {{ guests }}/commonhold/word-count.wasm -- "${texts[@]/#/@}"
    @{{ just }} _say "the same fifty times, compared with a count by one process"
    @texts=(guest/examples/word-count/texts/*.txt); \
        {{ commonhold }} run {{ guests }}/commonhold/word-count.wasm --entry check -- "${texts[@]/#/@}"
    @{{ just }} _say "an index of their paragraphs by words, which four processes fill while another answers queries"
    @texts=(guest/examples/word-count/texts/*.txt); \
        {{ commonhold }} run {{ guests }}/commonhold/inverted-index.wasm -- "white rabbit, best of times, nation, unicorn" "${texts[@]/#/@}"
    @{{ just }} _say "a pipeline with little room, one of whose workers is killed half-way"
    @{{ commonhold }} run {{ guests }}/commonhold/pipeline.wasm
    @{{ just }} _say "a maths plugin in Rust, used from Rust"
    @{{ commonhold }} run {{ guests }}/commonhold/maths-consumer.wasm --provider {{ guests }}/commonhold/maths-plugin.wasm
    @{{ just }} _say "the same plugin, used from Python"
    @{{ commonhold }} run guest/examples/maths-plugin/consumer.py --provider {{ guests }}/commonhold/maths-plugin.wasm
    @{{ just }} _say "a shared type that an embedder implements in Rust"
    @cargo build --locked --workspace --example custom_type --example own_world
    @{{ quote(target / "debug/examples/custom_type") }}
    @{{ just }} _say "an embedder's own world and stores, whose guests share one"
    @{{ quote(target / "debug/examples/own_world") }}

# Run all tests
test: guests _python-runtime
    cargo test --locked --workspace
    cd guest/python && python3 -m unittest discover --start-directory tests --top-level-directory .
    cd guest/js && node --test

# Check waiting, by a model: all orders in which two can meet, and so many of those in which four can
model schedules="100000":
    COMMONHOLD_SCHEDULES={{ schedules }} cargo test --locked --package commonhold-objects --features model --lib model

# Check format, lints and dependencies
lint: && deny
    cargo fmt --all --check
    cargo clippy --locked --workspace --all-targets -- -D warnings

# Check the licences, sources and known faults of all dependencies
deny:
    @cargo deny --version >/dev/null 2>&1 || cargo install --locked --debug cargo-deny@0.20.2
    cargo deny --locked check licenses bans sources
    @if cargo deny fetch db >/dev/null 2>&1; then \
        cargo deny --locked check --disable-fetch advisories; \
    else \
        echo "advisories: NOT checked, their database cannot be fetched from here"; \
    fi

# Build the reference documentation
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps

# Measure, beside the floor and Python's own manager; writes target/bench.json
bench *args: _python
    cargo bench --locked --package commonhold -- {{ args }}

# Format all sources
fmt:
    cargo fmt --all

# Build the guests, in Rust and JavaScript: examples and test programs
guests: _rust-guests _js-guests

_rust-guests: _program
    @{{ commonhold }} build . --target-dir {{ guests }} -- --locked --quiet >/dev/null

_js-guests: _node
    #!/usr/bin/env bash
    set -euo pipefail
    mkdir -p {{ guests }}/js
    for source in tests/programs/js/*.js; do
        component={{ guests }}/js/$(basename "$source" .js).wasm
        # Each takes some ten seconds: only where something that goes into it has changed.
        if [ ! -e "$component" ] || [ -n "$(find "$source" guest/js/*.{js,mjs,json} wit/*.wit -newer "$component")" ]; then
            {{ just }} _say "building $source"
            node guest/js/build.mjs "$source" --output "$component"
        fi
    done

# The program itself, with the features that the tests build it with: what is in it is compiled once.
_program:
    @test -e {{ commonhold }} || {{ just }} _say "building Commonhold: some minutes, once"
    @cargo build --locked --workspace --bin commonhold

# The interpreter that Python programs run in.
_python-runtime: _program _python
    @{{ commonhold }} python-runtime >/dev/null

_python:
    @python3 -c "import ensurepip, venv" 2>/dev/null || {{ just }} _install "Python programs" python3 python3-venv

_node:
    @command -v node >/dev/null && command -v npm >/dev/null || {{ just }} _install "JavaScript guests" nodejs npm

# Installs Debian packages, or says that somebody has to.
_install what +packages:
    #!/usr/bin/env bash
    set -euo pipefail
    cannot() { echo "{{ what }} need the packages {{ packages }}, which could not be installed: $1" >&2; exit 1; }
    command -v apt-get >/dev/null || cannot "there is no apt-get here; please install them yourself"
    as_root=()
    if [ "$(id --user)" != 0 ]; then
        command -v sudo >/dev/null || cannot "as root: apt-get install {{ packages }}"
        as_root=(sudo)
    fi
    {{ just }} _say "installing for {{ what }}: {{ packages }}"
    apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get --quiet=2 --yes "$@" >/dev/null; }
    # A fresh machine has no lists of packages yet.
    apt install --no-install-recommends {{ packages }} 2>/dev/null || {
        apt update && apt install --no-install-recommends {{ packages }}
    } || cannot "see above"

_say what:
    @printf '\n== %s\n' "{{ what }}" >&2
