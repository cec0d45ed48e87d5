;; The guest. It takes from the stock by the method's name, and returns what that returns.
(module
    (import "commonhold:manager/types@0.1.0" "[method]proxy.call"
        (func $call (param i32 i32 i32 i32 i32 i32 i32 i32)))
    (import "commonhold:manager/types@0.1.0" "[resource-drop]proxy" (func $drop (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 1024) "take")

    (func (export "sell") (param $stock i32) (param $name i32) (param $length i32) (param $pieces i64) (result i32)
        ;; Two arguments of 24 bytes each, from 2048 on: a text and an integer.
        (i32.store8 (i32.const 2048) (i32.const 4))
        (i32.store (i32.const 2056) (local.get $name))
        (i32.store (i32.const 2060) (local.get $length))
        (i32.store8 (i32.const 2072) (i32.const 2))
        (i64.store (i32.const 2080) (local.get $pieces))
        ;; The result is put at 128, and is of the type that this function returns.
        (call $call (local.get $stock) (i32.const 1024) (i32.const 4)
            (i32.const 2048) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 128))
        (call $drop (local.get $stock))
        (i32.const 128))

    ;; Hands out memory from 32 KiB on, and takes nothing back.
    (global $free (mut i32) (i32.const 32768))
    (func (export "cabi_realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
        (local $at i32)
        (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
        (global.set $free (i32.add (local.get $at) (local.get $size)))
        (if (i32.gt_u (global.get $free) (i32.const 65536)) (then (unreachable)))
        (local.get $at)))
