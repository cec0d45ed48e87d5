//! What the macros say of what they do not accept. (That nothing can be left out of `program!` is shown
//! in its documentation: there, the words are the compiler's.)

#[test]
fn mistakes_do_not_compile_and_say_why() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
