;; The scanner of the chunker: finds the candidate positions of a block of file bytes with a gear
;; hash, and computes the value (HMAC-SHA-256, first word) of each. The rules stand in scanner.ts.
;; Compiled by test/support/generate-scan-wasm.ts into scan-wasm.ts.
;;
;; Memory (bytes):
;;      0  unused
;;     64  HMAC state after the inner key block (8 words); 96: after the outer one
;;    128  key block (64), all zeros but while init runs
;;    192  running SHA-256 state (8 words)
;;    256  last message block of the outer hash: digest (32), then fixed padding
;;    320  last message block of the inner hash: fixed padding
;;    384  SHA-256's initial state; 512: its 64 constants; 768: its message schedule (64 words)
;;   1024  gear table: 256 words of 64 bits
;;   3072  the window whose value was computed last (64); 3136: that value; 3140: is there one
;;  65536  positions found (65536 words); 327680: their values (65536 words)
;; 589824  file bytes
(module
  (import "host" "memory" (memory 9))

  (data (i32.const 288) ;; 96 bytes are 768 bits
    "\80\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\03\00")
  (data (i32.const 320) ;; 128 bytes are 1024 bits
    "\80\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00"
    "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\04\00")
  (data (i32.const 384) ;; little-endian words, FIPS 180-4, 5.3.3
    "\67\e6\09\6a\85\ae\67\bb\72\f3\6e\3c\3a\f5\4f\a5"
    "\7f\52\0e\51\8c\68\05\9b\ab\d9\83\1f\19\cd\e0\5b")
  (data (i32.const 512) ;; little-endian words, FIPS 180-4, 4.2.2
    "\98\2f\8a\42\91\44\37\71\cf\fb\c0\b5\a5\db\b5\e9"
    "\5b\c2\56\39\f1\11\f1\59\a4\82\3f\92\d5\5e\1c\ab"
    "\98\aa\07\d8\01\5b\83\12\be\85\31\24\c3\7d\0c\55"
    "\74\5d\be\72\fe\b1\de\80\a7\06\dc\9b\74\f1\9b\c1"
    "\c1\69\9b\e4\86\47\be\ef\c6\9d\c1\0f\cc\a1\0c\24"
    "\6f\2c\e9\2d\aa\84\74\4a\dc\a9\b0\5c\da\88\f9\76"
    "\52\51\3e\98\6d\c6\31\a8\c8\27\03\b0\c7\7f\59\bf"
    "\f3\0b\e0\c6\47\91\a7\d5\51\63\ca\06\67\29\29\14"
    "\85\0a\b7\27\38\21\1b\2e\fc\6d\2c\4d\13\0d\38\53"
    "\54\73\0a\65\bb\0a\6a\76\2e\c9\c2\81\85\2c\72\92"
    "\a1\e8\bf\a2\4b\66\1a\a8\70\8b\4b\c2\a3\51\6c\c7"
    "\19\e8\92\d1\24\06\99\d6\85\35\0e\f4\70\a0\6a\10"
    "\16\c1\a4\19\08\6c\37\1e\4c\77\48\27\b5\bc\b0\34"
    "\b3\0c\1c\39\4a\aa\d8\4e\4f\ca\9c\5b\f3\6f\2e\68"
    "\ee\82\8f\74\6f\63\a5\78\14\78\c8\84\08\02\c7\8c"
    "\fa\ff\be\90\eb\6c\50\a4\f7\a3\f9\be\f2\78\71\c6")

  (func $swap (param $x i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $x) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $x) (i32.const 8)) (i32.const 0xff00ff00))))

  ;; The SHA-256 compression function (FIPS 180-4, 6.2.2): $to = compress($from, $block).
  (func $compress (param $to i32) (param $from i32) (param $block i32)
    (local $t i32) (local $x i32) (local $y i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local $e i32) (local $f i32) (local $g i32) (local $h i32)
    (loop $message
      (i32.store offset=768 (local.get $t)
        (call $swap (i32.load (i32.add (local.get $block) (local.get $t)))))
      (local.set $t (i32.add (local.get $t) (i32.const 4)))
      (br_if $message (i32.lt_u (local.get $t) (i32.const 64))))
    (loop $expand
      ;; W[t] = s1(W[t-2]) + W[t-7] + s0(W[t-15]) + W[t-16]; $t is 4 times the index
      (local.set $x (i32.load offset=708 (local.get $t)))
      (local.set $y (i32.load offset=760 (local.get $t)))
      (i32.store offset=768 (local.get $t)
        (i32.add
          (i32.add
            (i32.load offset=704 (local.get $t))
            (i32.load offset=740 (local.get $t)))
          (i32.add
            (i32.xor
              (i32.xor
                (i32.rotr (local.get $x) (i32.const 7))
                (i32.rotr (local.get $x) (i32.const 18)))
              (i32.shr_u (local.get $x) (i32.const 3)))
            (i32.xor
              (i32.xor
                (i32.rotr (local.get $y) (i32.const 17))
                (i32.rotr (local.get $y) (i32.const 19)))
              (i32.shr_u (local.get $y) (i32.const 10))))))
      (local.set $t (i32.add (local.get $t) (i32.const 4)))
      (br_if $expand (i32.lt_u (local.get $t) (i32.const 256))))
    (local.set $a (i32.load offset=0 (local.get $from)))
    (local.set $b (i32.load offset=4 (local.get $from)))
    (local.set $c (i32.load offset=8 (local.get $from)))
    (local.set $d (i32.load offset=12 (local.get $from)))
    (local.set $e (i32.load offset=16 (local.get $from)))
    (local.set $f (i32.load offset=20 (local.get $from)))
    (local.set $g (i32.load offset=24 (local.get $from)))
    (local.set $h (i32.load offset=28 (local.get $from)))
    (local.set $t (i32.const 0))
    (loop $round
      ;; x = h + S1(e) + Ch(e, f, g) + K[t] + W[t]
      (local.set $x
        (i32.add
          (i32.add
            (i32.add (local.get $h) (i32.load offset=512 (local.get $t)))
            (i32.load offset=768 (local.get $t)))
          (i32.add
            (i32.xor
              (i32.xor
                (i32.rotr (local.get $e) (i32.const 6))
                (i32.rotr (local.get $e) (i32.const 11)))
              (i32.rotr (local.get $e) (i32.const 25)))
            (i32.xor
              (i32.and (local.get $e) (i32.xor (local.get $f) (local.get $g)))
              (local.get $g)))))
      ;; y = S0(a) + Maj(a, b, c)
      (local.set $y
        (i32.add
          (i32.xor
            (i32.xor
              (i32.rotr (local.get $a) (i32.const 2))
              (i32.rotr (local.get $a) (i32.const 13)))
            (i32.rotr (local.get $a) (i32.const 22)))
          (i32.or
            (i32.and (local.get $a) (local.get $b))
            (i32.and (local.get $c) (i32.or (local.get $a) (local.get $b))))))
      (local.set $h (local.get $g))
      (local.set $g (local.get $f))
      (local.set $f (local.get $e))
      (local.set $e (i32.add (local.get $d) (local.get $x)))
      (local.set $d (local.get $c))
      (local.set $c (local.get $b))
      (local.set $b (local.get $a))
      (local.set $a (i32.add (local.get $x) (local.get $y)))
      (local.set $t (i32.add (local.get $t) (i32.const 4)))
      (br_if $round (i32.lt_u (local.get $t) (i32.const 256))))
    (i32.store offset=0 (local.get $to)
      (i32.add (local.get $a) (i32.load offset=0 (local.get $from))))
    (i32.store offset=4 (local.get $to)
      (i32.add (local.get $b) (i32.load offset=4 (local.get $from))))
    (i32.store offset=8 (local.get $to)
      (i32.add (local.get $c) (i32.load offset=8 (local.get $from))))
    (i32.store offset=12 (local.get $to)
      (i32.add (local.get $d) (i32.load offset=12 (local.get $from))))
    (i32.store offset=16 (local.get $to)
      (i32.add (local.get $e) (i32.load offset=16 (local.get $from))))
    (i32.store offset=20 (local.get $to)
      (i32.add (local.get $f) (i32.load offset=20 (local.get $from))))
    (i32.store offset=24 (local.get $to)
      (i32.add (local.get $g) (i32.load offset=24 (local.get $from))))
    (i32.store offset=28 (local.get $to)
      (i32.add (local.get $h) (i32.load offset=28 (local.get $from)))))

  (func $mask-key-block (param $mask i64)
    (local $at i32)
    (local.set $at (i32.const 128))
    (loop $words
      (i64.store (local.get $at) (i64.xor (i64.load (local.get $at)) (local.get $mask)))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $at) (i32.const 192)))))

  ;; Takes the HMAC key (RFC 2104; 32 bytes at 128, zeros after it), and removes it from memory.
  (func (export "init")
    (call $mask-key-block (i64.const 0x3636363636363636))
    (call $compress (i32.const 64) (i32.const 384) (i32.const 128))
    (call $mask-key-block (i64.const 0x6a6a6a6a6a6a6a6a)) ;; turns 0x36 into 0x5c
    (call $compress (i32.const 96) (i32.const 384) (i32.const 128))
    (memory.fill (i32.const 128) (i32.const 0) (i32.const 64))
    (memory.fill (i32.const 768) (i32.const 0) (i32.const 256))
    (i32.store (i32.const 3140) (i32.const 0)))

  ;; 1 where the 64 bytes at $a and at $b are the same.
  (func $same (param $a i32) (param $b i32) (result i32)
    (local $n i32)
    (loop $words
      (if (i64.ne
            (i64.load (i32.add (local.get $a) (local.get $n)))
            (i64.load (i32.add (local.get $b) (local.get $n))))
        (then (return (i32.const 0))))
      (local.set $n (i32.add (local.get $n) (i32.const 8)))
      (br_if $words (i32.lt_u (local.get $n) (i32.const 64))))
    (i32.const 1))

  ;; The first word of HMAC-SHA-256 over the 64 bytes at $window. The last answer is remembered, so
  ;; that data of a short period does not cost an HMAC each time round.
  (func $value (param $window i32) (result i32)
    (local $n i32)
    (if (i32.load (i32.const 3140))
      (then
        (if (call $same (local.get $window) (i32.const 3072))
          (then (return (i32.load (i32.const 3136)))))))
    (call $compress (i32.const 192) (i32.const 64) (local.get $window))
    (call $compress (i32.const 192) (i32.const 192) (i32.const 320))
    (loop $digest
      (i32.store offset=256 (local.get $n) (call $swap (i32.load offset=192 (local.get $n))))
      (local.set $n (i32.add (local.get $n) (i32.const 4)))
      (br_if $digest (i32.lt_u (local.get $n) (i32.const 32))))
    (call $compress (i32.const 192) (i32.const 96) (i32.const 256))
    (memory.copy (i32.const 3072) (local.get $window) (i32.const 64))
    (i32.store (i32.const 3136) (i32.load (i32.const 192)))
    (i32.store (i32.const 3140) (i32.const 1))
    (i32.load (i32.const 192)))

  ;; The gear hash over the 63 bytes at $p - 64: all that position $p needs but its last byte.
  (func $warm (param $p i32) (result i64)
    (local $h i64) (local $at i32)
    (local.set $at (i32.sub (local.get $p) (i32.const 64)))
    (local.set $p (i32.sub (local.get $p) (i32.const 1)))
    (loop $bytes
      (local.set $h
        (i64.add
          (i64.shl (local.get $h) (i64.const 1))
          (i64.load offset=1024 (i32.shl (i32.load8_u (local.get $at)) (i32.const 3)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $bytes (i32.lt_u (local.get $at) (local.get $p))))
    (local.get $h))

  ;; Walks the positions noted in [$at, $stop): drops those inside a run of one byte, writes the
  ;; others and their values from $out on, and returns where they end.
  (func $settle (param $at i32) (param $stop i32) (param $out i32) (result i32)
    (local $p i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $stop)))
        (local.set $p (i32.load (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next
          (call $same
            (i32.sub (local.get $p) (i32.const 65))
            (i32.sub (local.get $p) (i32.const 64))))
        (i32.store (local.get $out) (local.get $p))
        (i32.store offset=262144 (local.get $out)
          (call $value (i32.sub (local.get $p) (i32.const 64))))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $next)))
    (local.get $out))

  ;; Finds the candidates among the $count (at most 65536) positions from $from on, and returns how
  ;; many; they stand at 65536 in ascending order, their values at 327680. Reads from $from - 65 on.
  ;; Two halves are walked side by side: one alone would wait for each addition to finish.
  (func (export "scan") (param $from i32) (param $count i32) (result i32)
    (local $p0 i32) (local $h0 i64) (local $c0 i32)
    (local $p1 i32) (local $h1 i64) (local $c1 i32)
    (local $half i32) (local $stop i32) (local $second i32)
    (local.set $half
      (i32.shl (i32.shr_u (local.get $count) (i32.const 3)) (i32.const 2)))
    (local.set $second (i32.add (i32.const 65536) (i32.shl (local.get $half) (i32.const 2))))
    ;; $p0, $p1: the byte that each walk adds next, one before the position it makes
    (local.set $p0 (i32.sub (local.get $from) (i32.const 1)))
    (local.set $p1 (i32.add (local.get $p0) (local.get $half)))
    (local.set $stop (local.get $p1))
    (local.set $c0 (i32.const 65536))
    (local.set $c1 (local.get $second))
    (local.set $h0 (call $warm (local.get $from)))
    (local.set $h1 (call $warm (i32.add (local.get $from) (local.get $half))))
    (if (local.get $half)
      (then
        (loop $walk
          (local.set $h0
            (i64.add
              (i64.shl (local.get $h0) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=0 (local.get $p0)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h0) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c0) (i32.add (local.get $p0) (i32.const 1)))
              (local.set $c0 (i32.add (local.get $c0) (i32.const 4)))))
          (local.set $h1
            (i64.add
              (i64.shl (local.get $h1) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=0 (local.get $p1)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h1) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c1) (i32.add (local.get $p1) (i32.const 1)))
              (local.set $c1 (i32.add (local.get $c1) (i32.const 4)))))
          (local.set $h0
            (i64.add
              (i64.shl (local.get $h0) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=1 (local.get $p0)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h0) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c0) (i32.add (local.get $p0) (i32.const 2)))
              (local.set $c0 (i32.add (local.get $c0) (i32.const 4)))))
          (local.set $h1
            (i64.add
              (i64.shl (local.get $h1) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=1 (local.get $p1)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h1) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c1) (i32.add (local.get $p1) (i32.const 2)))
              (local.set $c1 (i32.add (local.get $c1) (i32.const 4)))))
          (local.set $h0
            (i64.add
              (i64.shl (local.get $h0) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=2 (local.get $p0)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h0) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c0) (i32.add (local.get $p0) (i32.const 3)))
              (local.set $c0 (i32.add (local.get $c0) (i32.const 4)))))
          (local.set $h1
            (i64.add
              (i64.shl (local.get $h1) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=2 (local.get $p1)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h1) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c1) (i32.add (local.get $p1) (i32.const 3)))
              (local.set $c1 (i32.add (local.get $c1) (i32.const 4)))))
          (local.set $h0
            (i64.add
              (i64.shl (local.get $h0) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=3 (local.get $p0)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h0) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c0) (i32.add (local.get $p0) (i32.const 4)))
              (local.set $c0 (i32.add (local.get $c0) (i32.const 4)))))
          (local.set $h1
            (i64.add
              (i64.shl (local.get $h1) (i64.const 1))
              (i64.load offset=1024
                (i32.shl (i32.load8_u offset=3 (local.get $p1)) (i32.const 3)))))
          (if (i64.lt_u (local.get $h1) (i64.const 0x4000000000000))
            (then
              (i32.store (local.get $c1) (i32.add (local.get $p1) (i32.const 4)))
              (local.set $c1 (i32.add (local.get $c1) (i32.const 4)))))
          (local.set $p0 (i32.add (local.get $p0) (i32.const 4)))
          (local.set $p1 (i32.add (local.get $p1) (i32.const 4)))
          (br_if $walk (i32.lt_u (local.get $p0) (local.get $stop))))))
    ;; the last few positions, after the second half
    (local.set $stop
      (i32.sub (i32.add (local.get $from) (local.get $count)) (i32.const 1)))
    (block $done
      (loop $rest
        (br_if $done (i32.ge_u (local.get $p1) (local.get $stop)))
        (local.set $h1
          (i64.add
            (i64.shl (local.get $h1) (i64.const 1))
            (i64.load offset=1024 (i32.shl (i32.load8_u (local.get $p1)) (i32.const 3)))))
        (local.set $p1 (i32.add (local.get $p1) (i32.const 1)))
        (if (i64.lt_u (local.get $h1) (i64.const 0x4000000000000))
          (then
            (i32.store (local.get $c1) (local.get $p1))
            (local.set $c1 (i32.add (local.get $c1) (i32.const 4)))))
        (br $rest)))
    (local.set $c0 (call $settle (i32.const 65536) (local.get $c0) (i32.const 65536)))
    (local.set $c0 (call $settle (local.get $second) (local.get $c1) (local.get $c0)))
    (i32.shr_u (i32.sub (local.get $c0) (i32.const 65536)) (i32.const 2))))
