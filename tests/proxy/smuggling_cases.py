"""Hostile and merely odd requests, each with the one reading that is allowed, or none.

`refused(...)`: no complete request reaches the provider, the client is answered with one of the statuses (or, where only that is safe,
the connection is closed). `passed(body)`: exactly one request with exactly this body. `either(body)`: RFC 9110/9112 let a recipient refuse
or read it in one given way; both are right, anything else is wrong."""
from __future__ import annotations

from dataclasses import dataclass, field

from support.client import chunked, head, post

HELLO = b"hello"
BAD = (400,)


@dataclass
class Case:
    name: str
    data: bytes
    statuses: tuple[int, ...] = ()          # refusals allowed
    body: bytes | None = None               # reading allowed
    target: bytes | None = b"/v1/things"
    method: str = "POST"
    close_ok: bool = False                  # closing without an answer is fine
    half_close: bool = False                # the client ends its side after sending
    after: str = ""                         # what becomes of the bytes after the first request: "refused" (400) or "ignored" (just closed)
    absent: tuple[str, ...] = ()            # header names that the provider must not see
    present: dict[str, bytes] = field(default_factory=dict)  # header values that it must see


def refused(name: str, data: bytes, *statuses: int, **more) -> Case:
    return Case(name, data, statuses or BAD, **more)


def passed(name: str, data: bytes, body: bytes = HELLO, **more) -> Case:
    return Case(name, data, (), body, **more)


def either(name: str, data: bytes, body: bytes = HELLO, statuses: tuple[int, ...] = BAD, **more) -> Case:
    return Case(name, data, statuses, body, **more)


POST = "POST /v1/things HTTP/1.1"
GET = "GET /v1/things HTTP/1.1"


def cl(value: str | bytes, *more: str | bytes, body: bytes = HELLO) -> bytes:
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return head(POST, b"Content-Length:" + raw, *more) + body


def te(value: str | bytes, *more: str | bytes, body: bytes = chunked(HELLO), line: str = POST) -> bytes:
    raw = value.encode("latin-1") if isinstance(value, str) else value
    return head(line, b"Transfer-Encoding:" + raw, *more) + body


def chunks(raw: bytes) -> bytes:
    return head(POST, "Transfer-Encoding: chunked") + raw


def field_line(raw: bytes) -> bytes:
    """A good POST with one more raw line, CRLF included by the caller, right after the request line."""
    good = post(HELLO)
    first, rest = good.split(b"\r\n", 1)
    return first + b"\r\n" + raw + rest


def target(raw: str | bytes, method: str = "GET") -> bytes:
    raw = raw.encode("latin-1") if isinstance(raw, str) else raw
    return head(method.encode() + b" " + raw + b" HTTP/1.1")


def version(text: str | bytes) -> bytes:
    text = text.encode() if isinstance(text, str) else text
    return head(b"POST /v1/things " + text, "Content-Length: 5") + HELLO


def host(*lines: str | bytes, line: str = GET) -> bytes:
    return head(line, *lines, host=False)


CONTENT_LENGTH = [
    passed("cl_plain", cl(" 5")),
    passed("cl_no_space", cl("5")),
    passed("cl_spaces_before", cl("    5")),
    passed("cl_spaces_after", cl(" 5  ")),
    either("cl_tab_after", cl(" 5\t")),
    passed("cl_mixed_case", head(POST, "cOnTent-LeNgth: 5") + HELLO),
    passed("cl_absent_is_empty", head(POST), b""),
    passed("cl_zero", cl(" 0", body=b""), b""),
    refused("cl_plus", cl(" +5")),
    refused("cl_minus", cl(" -5")),
    refused("cl_minus_zero", cl(" -0", body=b"")),
    refused("cl_hex", cl(" 0x5")),
    refused("cl_letters", cl(" five")),
    refused("cl_fraction", cl(" 5.0")),
    refused("cl_exponent", cl(" 5e0")),
    refused("cl_inner_space", cl(" 1 2")),
    refused("cl_underscore", cl(" 0_5")),
    refused("cl_semicolon", cl(" 5;")),
    refused("cl_vertical_tab", cl(b" 5\x0b")),
    refused("cl_nbsp", cl(b"\xa05")),
    refused("cl_fullwidth_digit", cl("５".encode())),
    refused("cl_quoted", cl(' "5"')),
    refused("cl_empty", cl("")),
    refused("cl_list_differs", cl(" 5, 6")),
    refused("cl_list_trailing_comma", cl(" 5,")),
    either("cl_list_same", cl(" 5, 5")),
    either("cl_twice_same", cl(" 5", "Content-Length: 5")),
    refused("cl_twice_differs", cl(" 5", "Content-Length: 6")),
    refused("cl_twice_zero_first", cl(" 0", "Content-Length: 5")),
    refused("cl_twice_second_spaced", cl(" 5", "Content-Length : 6")),
    either("cl_leading_zeros", cl(" 0000000000000000000005")),
    refused("cl_over_bound", cl(" 99999999999"), 413),
    refused("cl_int64_overflow", cl(" 9223372036854775808"), 400, 413),
    refused("cl_uint64_wraps_to_5", cl(" 18446744073709551621"), 400, 413),
    refused("cl_hundred_digits", cl(" " + "9" * 100), 400, 413),
    passed("cl_underscored_name_is_another_header", head(POST, "Content-Length: 5", "Content_Length: 6") + HELLO),
    passed("cl_shorter_than_sent", cl(" 3") + b"\r\n\r\n", b"hel", after="refused"),
    refused("cl_longer_then_half_close", cl(" 50"), half_close=True, close_ok=True),
]

TRANSFER_ENCODING = [
    passed("te_chunked", te(" chunked")),
    passed("te_no_space", te("chunked")),
    passed("te_trailing_space", te(" chunked  ")),
    passed("te_capital", te(" Chunked")),
    passed("te_upper", te(" CHUNKED")),
    passed("te_get_with_chunked", te(" chunked", line=GET), method="GET"),
    passed("te_underscored_name_is_another_header", head(POST, "Content-Length: 5", "Transfer_Encoding: chunked") + HELLO),
    refused("te_chunked_then_identity", te(" chunked, identity"), 400, 501),
    refused("te_identity", te(" identity"), 400, 501),
    refused("te_xchunked", te(" xchunked"), 400, 501),
    refused("te_chunk", te(" chunk"), 400, 501),
    refused("te_chunkedx", te(" chunkedx"), 400, 501),
    refused("te_quoted", te(' "chunked"'), 400, 501),
    refused("te_parameter", te(" chunked;q=1"), 400, 501),
    refused("te_chunked_twice_in_list", te(" chunked, chunked"), 400, 501),
    refused("te_two_fields_chunked", te(" chunked", "Transfer-Encoding: chunked"), 400, 501),
    refused("te_two_fields_second_unknown", te(" chunked", "Transfer-Encoding: x"), 400, 501),
    refused("te_two_fields_first_unknown", te(" x", "Transfer-Encoding: chunked"), 400, 501),
    refused("te_gzip_chunked", te(" gzip, chunked"), 400, 501),
    either("te_empty_list_element", te(" , chunked"), statuses=(400, 501)),
    either("te_trailing_comma", te(" chunked,"), statuses=(400, 501)),
    refused("te_empty", te(""), 400, 501),
    refused("te_null_byte", te(b" chunked\x00")),
    refused("te_vertical_tab", te(b"\x0bchunked"), 400, 501),
    refused("te_space_before_colon", head(POST, "Transfer-Encoding : chunked") + chunked(HELLO)),
    refused("te_tab_before_colon", head(POST, "Transfer-Encoding\t: chunked") + chunked(HELLO)),
    either("te_folded", te("\r\n chunked"), statuses=(400, 501)),
    either("te_and_cl", te(" chunked", "Content-Length: 5")),
    either("te_and_cl_zero", te(" chunked", "Content-Length: 0")),
    either("cl_and_te", head(POST, "Content-Length: 5", "Transfer-Encoding: chunked") + chunked(HELLO)),
    either("cl_of_the_raw_chunks_and_te", head(POST, "Content-Length: 15", "Transfer-Encoding: chunked") + chunked(HELLO)),
    refused("te_identity_and_cl", head(POST, "Content-Length: 5", "Transfer-Encoding: identity") + HELLO, 400, 501),
    refused("te_unknown_and_cl", head(POST, "Content-Length: 5", "Transfer-Encoding: xchunked") + HELLO, 400, 501),
    refused("te_hidden_cl_spaced", head(POST, "Transfer-Encoding: chunked", "Content-Length : 5") + chunked(HELLO)),
    refused("te_in_http10", te(" chunked", line="POST /v1/things HTTP/1.0"), 400, 501),
    either("te_after_bare_lf", head(POST, b"X-A: b\nTransfer-Encoding: chunked") + chunked(HELLO)),
    refused("te_after_bare_cr", head(POST, b"X-A: b\rTransfer-Encoding: chunked", "Content-Length: 5") + HELLO),
]

CHUNKS = [
    passed("chunk_one_byte_each", chunks(chunked(*[b"x"] * 3000)), b"x" * 3000),
    passed("chunk_size_leading_zeros", chunks(b"0005\r\nhello\r\n0\r\n\r\n")),
    passed("chunk_size_upper_hex", chunks(b"A\r\n0123456789\r\n0\r\n\r\n"), b"0123456789"),
    passed("chunk_last_of_many_zeros", chunks(b"5\r\nhello\r\n0000\r\n\r\n")),
    passed("chunk_extension", chunks(b"5;a=b\r\nhello\r\n0\r\n\r\n")),
    passed("chunk_extension_quoted", chunks(b'5;a="b;c"\r\nhello\r\n0;z\r\n\r\n')),
    either("chunk_size_16_digits", chunks(b"0000000000000005\r\nhello\r\n0\r\n\r\n")),
    either("chunk_size_many_zeros", chunks(b"0" * 400 + b"5\r\nhello\r\n0\r\n\r\n")),
    either("chunk_size_trailing_space", chunks(b"5 \r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_leading_space", chunks(b" 5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_overflow_to_5", chunks(b"10000000000000005\r\nhello\r\n0\r\n\r\n"), 400, 413),
    refused("chunk_size_max64", chunks(b"FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), 400, 413),
    refused("chunk_size_max63", chunks(b"7FFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), 400, 413),
    refused("chunk_size_over_bound", chunks(b"FFFFFFFFF\r\nhello\r\n0\r\n\r\n"), 400, 413),
    refused("chunk_size_negative", chunks(b"-5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_plus", chunks(b"+5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_0x", chunks(b"0x5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_empty", chunks(b"\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_no_hex", chunks(b"g\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_only_extension", chunks(b";a=b\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_comma", chunks(b"5,5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_size_underscore", chunks(b"0_5\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_line_bare_lf", chunks(b"5\nhello\r\n0\r\n\r\n")),
    refused("chunk_line_bare_cr", chunks(b"5\rhello\r\n0\r\n\r\n")),
    refused("chunk_extension_bare_lf", chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_extension_lf_hides_size", chunks(b"5;\n3\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_extension_nul", chunks(b"5;a=\x00\r\nhello\r\n0\r\n\r\n")),
    refused("chunk_extension_one_megabyte", chunks(b"5;" + b"a" * (1 << 20) + b"\r\nhello\r\n0\r\n\r\n"), 400, 413, 431, close_ok=True),
    either("chunk_extensions_many", chunks(b"".join(b"1;" + b"e" * 500 + b"\r\nx\r\n" for _ in range(400)) + b"0\r\n\r\n"), b"x" * 400,
           statuses=(400, 413, 431), close_ok=True),
    refused("chunk_data_no_crlf", chunks(b"5\r\nhello0\r\n\r\n")),
    refused("chunk_data_lf_only", chunks(b"5\r\nhello\n0\r\n\r\n")),
    refused("chunk_data_longer", chunks(b"5\r\nhelloX\r\n0\r\n\r\n")),
    refused("chunk_data_crlf_crlf", chunks(b"5\r\nhello\r\n\r\n0\r\n\r\n")),
    refused("chunk_end_bare_lf", chunks(b"5\r\nhello\r\n0\n\n")),
    refused("chunk_never_ends", chunks(b"5\r\nhello\r\n"), 400, 408, half_close=True, close_ok=True),
    passed("trailer", chunks(chunked(HELLO, trailer=b"X-Checksum: 1\r\n"))),
    either("trailer_content_length", chunks(chunked(HELLO, trailer=b"Content-Length: 99\r\n")), absent=("content-length",)),
    either("trailer_transfer_encoding", chunks(chunked(HELLO, trailer=b"Transfer-Encoding: identity\r\n"))),
    either("trailer_host", chunks(chunked(HELLO, trailer=b"Host: evil\r\n"))),
    either("trailer_authorization", chunks(chunked(HELLO, trailer=b"Authorization: Bearer other\r\n"))),
    either("trailer_lectr", chunks(chunked(HELLO, trailer=b"X-Lectr-Feature: late\r\n")), absent=("x-lectr-feature",)),
    refused("trailer_no_colon", chunks(chunked(HELLO, trailer=b"no colon here\r\n"))),
    refused("trailer_space_before_colon", chunks(chunked(HELLO, trailer=b"X-A : b\r\n"))),
    refused("trailer_nul", chunks(chunked(HELLO, trailer=b"X-A: \x00\r\n"))),
    refused("trailer_bomb", chunks(b"5\r\nhello\r\n0\r\n" + b"X-A: b\r\n" * 60_000 + b"\r\n"), 400, 431, close_ok=True),
    refused("trailer_one_long_line", chunks(b"5\r\nhello\r\n0\r\nX-A: " + b"a" * (1 << 20) + b"\r\n\r\n"), 400, 431, close_ok=True),
]

SYNTAX = [
    either("lf_only_everywhere", post(HELLO).replace(b"\r\n", b"\n")),
    either("lf_in_one_header_end", post(HELLO).replace(b"gateway.test\r\n", b"gateway.test\n")),
    refused("cr_in_value", field_line(b"X-A: b\rc\r\n")),
    refused("cr_at_line_end_only", field_line(b"X-A: b\r")),
    refused("nul_in_value", field_line(b"X-A: b\x00c\r\n")),
    refused("nul_in_name", field_line(b"X-\x00A: b\r\n")),
    refused("space_before_colon", field_line(b"X-A : b\r\n")),
    refused("space_in_name", field_line(b"X A: b\r\n")),
    refused("name_empty", field_line(b": b\r\n")),
    refused("name_parenthesis", field_line(b"X(A): b\r\n")),
    refused("name_at_sign", field_line(b"X@A: b\r\n")),
    refused("name_slash", field_line(b"X/A: b\r\n")),
    refused("name_obs_text", field_line(b"X-\xe4: b\r\n")),
    refused("name_del", field_line(b"X-\x7f: b\r\n")),
    refused("line_without_colon", field_line(b"just words\r\n")),
    refused("first_line_indented", field_line(b" X-A: b\r\n")),
    refused("first_line_tab_indented", field_line(b"\tX-A: b\r\n")),
    either("fold", field_line(b"X-A: b\r\n c\r\n")),
    either("fold_tab", field_line(b"X-A: b\r\n\tc\r\n")),
    either("fold_hides_cl", field_line(b"X-A: b\r\n Content-Length: 0\r\n")),
    refused("control_in_value", field_line(b"X-A: b\x01c\r\n")),
    refused("del_in_value", field_line(b"X-A: b\x7fc\r\n")),
    passed("obs_text_in_value", field_line(b"X-A: caf\xe9\r\n"), present={"x-a": b"caf\xe9"}),
    passed("utf8_in_value", field_line("X-A: ü→\r\n".encode()), present={"x-a": "ü→".encode()}),
    passed("tab_in_value", field_line(b"X-A: b\tc\r\n"), present={"x-a": b"b\tc"}),
    passed("value_empty", field_line(b"X-A:\r\n"), present={"x-a": b""}),
    passed("name_all_token_marks", field_line(b"X!#$%&'*+-.^_`|~9: b\r\n"), present={"x!#$%&'*+-.^_`|~9": b"b"}),
    passed("one_crlf_before", b"\r\n" + post(HELLO)),
    either("two_crlf_before", b"\r\n\r\n" + post(HELLO)),
    either("lf_before", b"\n" + post(HELLO)),
    refused("space_before_method", b" " + post(HELLO)),
    refused("nul_before_method", b"\x00" + post(HELLO)),
    refused("header_bomb_one_value", field_line(b"X-A: " + b"a" * (1 << 20) + b"\r\n"), 400, 431, close_ok=True),
    refused("header_bomb_one_name", field_line(b"X" * (64 << 10) + b": b\r\n"), 400, 431),
    refused("header_bomb_many_small", field_line(b"X-Abcdefgh: 0123456789\r\n" * 2000), 400, 431),
    refused("too_many_headers", field_line(b"X:\r\n" * 300), 431),
    refused("headers_never_end", post(HELLO)[:-9] + b"X-A: b\r\n" * 20_000, 400, 431, 408, close_ok=True),
    refused("binary_noise", bytes(range(128, 256)) * 8 + b"\r\n\r\n", close_ok=True),
    refused("tls_hello", bytes.fromhex("1603010200010001fc0303") + bytes(500), close_ok=True, half_close=True),
    refused("ssh_banner", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", close_ok=True),
    refused("socks_hello", b"\x05\x01\x00\r\n\r\n", close_ok=True),
    refused("proxy_protocol_line", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + post(HELLO)),
]

REQUEST_LINE = [
    passed("method_unknown", head("BREW /v1/things HTTP/1.1", "Content-Length: 5") + HELLO, method="BREW"),
    either("method_lower_case", head("post /v1/things HTTP/1.1", "Content-Length: 5") + HELLO, method="post", statuses=(400, 405, 501)),
    either("method_trace", head("TRACE /v1/things HTTP/1.1"), b"", method="TRACE", statuses=(400, 405, 501)),
    refused("method_not_a_token", head("PO(ST /v1/things HTTP/1.1"), 400, 405, 501),
    refused("method_nul", head(b"PO\x00ST /v1/things HTTP/1.1"), 400, 405, 501),
    refused("method_empty", head(" /v1/things HTTP/1.1")),
    refused("method_endless", head("A" * 40_000 + " /v1/things HTTP/1.1"), 400, 414, 431, 501),
    refused("line_empty_target", head("GET  HTTP/1.1")),
    refused("line_two_words", head("GET /v1/things")),
    refused("line_four_words", head("GET /v1/things HTTP/1.1 HTTP/1.1")),
    either("line_two_spaces", head("GET  /v1/things HTTP/1.1"), b"", method="GET"),
    either("line_tab", head("GET\t/v1/things HTTP/1.1"), b"", method="GET"),
    either("line_trailing_space", head("GET /v1/things HTTP/1.1 "), b"", method="GET"),
    passed("version_10", head("POST /v1/things HTTP/1.0", "Content-Length: 5") + HELLO),
    passed("version_10_without_host", head("POST /v1/things HTTP/1.0", "Content-Length: 5", host=False) + HELLO),
    refused("version_09", b"GET /v1/things\r\n\r\n", 400, 505, close_ok=True),
    refused("version_09_bare", b"GET /v1/things\r\n", 400, 505, 408, close_ok=True),
    either("version_12", version("HTTP/1.2"), statuses=(400, 505)),
    refused("version_20", version("HTTP/2.0"), 400, 505),
    refused("version_30", version("HTTP/3.0"), 400, 505),
    refused("version_00", version("HTTP/0.9"), 400, 505),
    refused("version_lower_case", version("http/1.1"), 400, 505),
    refused("version_two_digits", version("HTTP/1.10"), 400, 505),
    refused("version_suffix", version("HTTP/1.1x"), 400, 505),
    refused("version_no_minor", version("HTTP/1."), 400, 505),
    refused("version_no_dot", version("HTTP/11"), 400, 505),
    refused("version_plus", version("HTTP/+1.1"), 400, 505),
    refused("version_other_protocol", version("HTP/1.1"), 400, 505),
    refused("http2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 400, 505, close_ok=True),
    either("upgrade_h2c_is_not_followed", head(POST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
                                               "Content-Length: 5") + HELLO, statuses=(400, 501), absent=("http2-settings",)),
]

TARGETS = [
    passed("target_query_kept", target("/v1/things?a=b&c=%2F%00;d"), b"", method="GET", target=b"/v1/things?a=b&c=%2F%00;d"),
    passed("target_percent_kept", target("/v1/%74hings/%2e%2e/x"), b"", method="GET", target=b"/v1/%74hings/%2e%2e/x"),
    passed("target_dots_kept", target("/v1/../v1/./things"), b"", method="GET", target=b"/v1/../v1/./things"),
    either("target_double_slash", target("//evil.test/v1/things"), b"", method="GET", target=b"//evil.test/v1/things"),
    either("target_absolute", target("http://gateway.test/v1/things"), b"", method="GET"),
    either("target_absolute_other_host", target("http://evil.test/v1/things"), b"", method="GET"),
    either("target_absolute_https", target("https://gateway.test/v1/things"), b"", method="GET"),
    either("target_absolute_user", target("http://user@gateway.test/v1/things"), b"", method="GET"),
    refused("target_absolute_no_host", target("http:///v1/things")),
    refused("target_authority_get", target("gateway.test:80")),
    refused("target_connect", target("gateway.test:443", "CONNECT"), 400, 405, 501),
    refused("target_connect_path", target("/v1/things", "CONNECT"), 400, 405, 501),
    either("target_asterisk_options", target("*", "OPTIONS"), b"", method="OPTIONS", target=b"*", statuses=(400, 404, 405, 501)),
    refused("target_asterisk_get", target("*")),
    refused("target_no_slash", target("v1/things")),
    refused("target_space", target("/v1/thi ngs")),
    refused("target_control", target(b"/v1/thi\x01ngs")),
    refused("target_nul", target(b"/v1/thi\x00ngs")),
    refused("target_cr", target(b"/v1/thi\rngs")),
    either("target_fragment", target("/v1/things#x"), b"", method="GET", target=b"/v1/things#x"),
    either("target_del", target(b"/v1/thi\x7fngs"), b"", method="GET", target=b"/v1/thi\x7fngs"),
    either("target_obs_text", target(b"/v1/caf\xe9"), b"", method="GET", target=b"/v1/caf\xe9"),
    either("target_backslash", target("/v1\\things"), b"", method="GET", target=b"/v1\\things"),
    refused("target_64_kilobytes", target("/v1/" + "a" * 65536), 400, 414, 431),
    refused("host_missing", host()),
    refused("host_twice_same", host("Host: gateway.test", "Host: gateway.test")),
    refused("host_twice_differs", host("Host: gateway.test", "Host: evil.test")),
    refused("host_space", host("Host: gate way")),
    refused("host_path", host("Host: gateway.test/x")),
    refused("host_user", host("Host: user@gateway.test")),
    refused("host_list", host("Host: a.test, b.test")),
    refused("host_bad_port", host("Host: gateway.test:80x")),
    either("host_empty", host("Host:"), b"", method="GET"),
]

SMUGGLED = b"GET /v1/smuggled HTTP/1.1\r\nHost: gateway.test\r\n\r\n"
SEQUENCES = [
    passed("request_inside_a_body", post(SMUGGLED), SMUGGLED),
    passed("request_inside_a_chunk", chunks(chunked(SMUGGLED)), SMUGGLED),
    passed("request_inside_a_get_body", head(GET, f"Content-Length: {len(SMUGGLED)}") + SMUGGLED, SMUGGLED, method="GET"),
    passed("get_with_body", head(GET, "Content-Length: 5") + HELLO, method="GET"),
    passed("delete_with_body", head("DELETE /v1/things HTTP/1.1", "Content-Length: 5") + HELLO, method="DELETE"),
    passed("head_with_body", head("HEAD /v1/things HTTP/1.1", "Content-Length: 5") + HELLO, method="HEAD"),
    passed("after_connection_close", post(HELLO, "Connection: close") + SMUGGLED, after="ignored"),
    passed("after_http10", head("POST /v1/things HTTP/1.0", "Content-Length: 5") + HELLO + SMUGGLED, after="ignored"),
    passed("connection_names_content_length", post(HELLO, "Connection: content-length")),
    passed("connection_names_transfer_encoding", head(POST, "Transfer-Encoding: chunked", "Connection: transfer-encoding") + chunked(HELLO)),
    either("connection_names_host", post(HELLO, "Connection: host")),
    either("connection_names_authorization", post(HELLO, "Connection: authorization")),
    passed("connection_names_a_header", post(HELLO, "Connection: x-hop", "X-Hop: 1"), absent=("x-hop",)),
    passed("hop_headers_dropped", post(HELLO, "Keep-Alive: timeout=9", "Proxy-Connection: keep-alive", "Proxy-Authorization: Basic x", "TE: trailers"),
           absent=("keep-alive", "proxy-connection", "proxy-authorization")),
    either("expect_unknown", post(HELLO, "Expect: 200-maybe"), statuses=(400, 417)),
    either("lectr_key_twice", post(HELLO, "X-Lectr-Key: lc_other"), statuses=(400, 401), absent=("x-lectr-key",)),
    passed("lectr_headers_dropped", post(HELLO, "X-Lectr-Anything: 1", "x-lectr-TASK: generation", "X-LECTR-Debug: 0"),
           absent=("x-lectr-anything", "x-lectr-task", "x-lectr-debug", "x-lectr-key")),
]

ALL = [*CONTENT_LENGTH, *TRANSFER_ENCODING, *CHUNKS, *SYNTAX, *REQUEST_LINE, *TARGETS, *SEQUENCES]
assert len({case.name for case in ALL}) == len(ALL)
