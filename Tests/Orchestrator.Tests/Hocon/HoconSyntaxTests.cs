using System.Text.Json;
using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>The specification's sections on syntax, with its examples.</summary>
public sealed class HoconSyntaxTests
{
    [Theory]
    [InlineData("a = 1 // no\nb = 2 # neither\n# nor this", "{\"a\": 1, \"b\": 2}")]
    [InlineData("a = \"1 // yes # too\"", "{\"a\": \"1 // yes # too\"}")]
    public void Comments_end_with_the_line_and_do_not_begin_inside_quotes(string text, string json) =>
        Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("{ a : 1 }")]
    [InlineData("a : 1")]
    [InlineData("a = 1")]
    [InlineData("a=1,")]
    [InlineData("\n\n a \n = \n 1 \n\n")]
    [InlineData("\ufeffa = 1")]
    [InlineData("a\u00a0=\u20031\r\n")]
    public void Root_braces_separators_and_whitespace_are_free(string text) => Assert.Equal("{\"a\": 1}", HoconText.Json(text));

    [Fact]
    public void A_key_before_a_brace_needs_no_separator() => Assert.Equal("{\"foo\": {\"a\": 1}}", HoconText.Json("\"foo\" {a:1}"));

    [Fact]
    public void An_empty_document_is_an_empty_object() => Assert.Equal("{}", HoconText.Json(" # nothing\n"));

    [Theory]
    [InlineData("[1,2,3,]")]
    [InlineData("[1\n2\n3]")]
    [InlineData("[1,\n2,\n3\n,\n]")]
    public void Commas_may_trail_or_be_new_lines(string list) => Assert.Equal("{\"a\": [1, 2, 3]}", HoconText.Json("a = " + list));

    [Theory]
    [InlineData("a = [1,2,3,,]")]
    [InlineData("a = [,1,2,3]")]
    [InlineData("a = [1,,2,3]")]
    [InlineData("{,a = 1}")]
    [InlineData("a = 1,,b = 2")]
    public void Commas_come_singly_and_after_items(string text) =>
        Assert.StartsWith("test.conf:1: a comma stands where", HoconText.Error(text));

    [Theory]
    [InlineData("{ \"foo\" : { \"a\" : 42 }, \"foo\" : { \"b\" : 43 } }", "{\"foo\": {\"a\": 42, \"b\": 43}}")]
    [InlineData("{ \"foo\" : { \"a\" : 42 }, \"foo\" : null, \"foo\" : { \"b\" : 43 } }", "{\"foo\": {\"b\": 43}}")]
    [InlineData("a = 1, a = 2", "{\"a\": 2}")]
    [InlineData("a : { b : 1, c : 2 }, a : { c : 3 } { d : 4 }", "{\"a\": {\"b\": 1, \"c\": 3, \"d\": 4}}")]
    public void Later_keys_override_and_objects_merge(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("truefoo", "\"truefoo\"")]
    [InlineData("footrue", "\"footrue\"")]
    [InlineData("10.0bar", "\"10.0bar\"")]
    [InlineData("bar10.0", "\"bar10.0\"")]
    [InlineData(" foo bar  baz ", "\"foo bar  baz\"")]
    [InlineData("true", "true")]
    [InlineData("true foo", "\"true foo\"")]
    [InlineData("null", "null")]
    [InlineData("1e+5", "1e+5")]
    [InlineData("1e5 x", "\"1e5 x\"")]
    [InlineData("-1.50", "-1.50")]
    [InlineData("1 2 3 4", "\"1 2 3 4\"")]
    [InlineData("10.0.0.1", "\"10.0.0.1\"")]
    [InlineData("/usr/bin", "\"/usr/bin\"")]
    [InlineData("a\"b c\"d", "\"ab cd\"")]
    [InlineData("include", "\"include\"")]
    [InlineData("\"\\u0041\\n\\/\"", "\"A\\n/\"")]
    public void Simple_values_keep_their_type_alone_and_become_text_together(string value, string json) =>
        Assert.Equal("{\"a\": " + json + "}", HoconText.Json("a = " + value));

    [Theory]
    [InlineData("\"\"\"foo\"\"\"", "foo")]
    [InlineData("\"\"\"foo\"\"\"\"", "foo\"")]
    [InlineData("\"\"\"two\n  \\u0041 lines\"\"\"", "two\n  \\u0041 lines")]
    public void Triple_quotes_take_everything_as_it_is(string value, string expected) =>
        Assert.Equal(expected, HoconConversions.AsString(HoconText.A("a = " + value)));

    [Theory]
    [InlineData("foo.bar.baz : 42", "{\"foo\": {\"bar\": {\"baz\": 42}}}")]
    [InlineData("a.x : 42, a.y : 43", "{\"a\": {\"x\": 42, \"y\": 43}}")]
    [InlineData("a b c : 42", "{\"a b c\": 42}")]
    [InlineData("true : 42", "{\"true\": 42}")]
    [InlineData("3.14 : 42", "{\"3\": {\"14\": 42}}")]
    [InlineData("10.0foo : 42", "{\"10\": {\"0foo\": 42}}")]
    [InlineData("foo\"10.0\" : 42", "{\"foo10.0\": 42}")]
    [InlineData("a.\"\".b : 42", "{\"a\": {\"\": {\"b\": 42}}}")]
    [InlineData("foo.\"hello.world\" : 42", "{\"foo\": {\"hello.world\": 42}}")]
    [InlineData("foo include : 42", "{\"foo include\": 42}")]
    [InlineData("\"include\" : 42", "{\"include\": 42}")]
    public void Keys_are_paths(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("a : [ [ 1, 2 ] [ 3, 4 ] ]", "{\"a\": [[1, 2, 3, 4]]}")]
    [InlineData("a : [ [ 1, 2 ]\n [ 3, 4 ] ]", "{\"a\": [[1, 2], [3, 4]]}")]
    [InlineData("a : [ 1, 2 ] [ 3, 4 ]", "{\"a\": [1, 2, 3, 4]}")]
    [InlineData(
        "a : [ This is text my name is ${name}, Hello ${world} ], name = N, world = W",
        "{\"a\": [\"This is text my name is N\", \"Hello W\"], \"name\": \"N\", \"world\": \"W\"}")]
    public void Lists_side_by_side_join(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("a = 1\nb = {", "test.conf:2: the '{' at test.conf:2 is never closed")]
    [InlineData("a = 1\n}", "test.conf:2: '}' closes nothing")]
    [InlineData("a = [1}", "test.conf:1: '}' is unexpected here")]
    [InlineData("\na = \"open\n", "test.conf:2: the string \"open is not closed")]
    [InlineData("a = \"\"\"open\n\n", "test.conf:1: the string that \"\"\" opens")]
    [InlineData("a = \"\\q\"", "test.conf:1: '\\q' is no escape")]
    [InlineData("a = \"tab\there\"", "test.conf:1: the string \"tab holds the control character U+0009")]
    [InlineData("a..b = 1", "test.conf:1: the path 'a..b' has an empty element")]
    [InlineData(".a = 1", "test.conf:1: the path '.a' has an empty element")]
    [InlineData("a. = 1", "test.conf:1: the path 'a.' has an empty element")]
    [InlineData("a = me@home", "test.conf:1: '@' is reserved")]
    [InlineData("a = b = c", "test.conf:1: '=' stands inside a value")]
    [InlineData("a\nb = 1", "test.conf:2: 'b' follows the key 'a'")]
    [InlineData("a =\n", "test.conf:2: the end of the file stands where a value for 'a' was expected")]
    [InlineData("${a} = 1", "test.conf:1: '${a}' is no key")]
    [InlineData("[1, 2]", "test.conf:1: the document is a list")]
    [InlineData("{a = 1} b", "test.conf:1: 'b' follows the closing brace")]
    [InlineData("a = [1] 2", "test.conf:1: 2 (a number) stands beside a list")]
    [InlineData("a = {} x", "test.conf:1: \"x\" (a string) stands beside an object")]
    [InlineData("a = [1] {b: 1}", "test.conf:1: {\"b\": 1} (an object) stands beside a list")]
    [InlineData("a = ${b", "test.conf:1: the substitution '${b' is not closed")]
    [InlineData("a = ${b${c}}", "test.conf:1: a substitution stands inside a substitution")]
    public void Errors_name_the_line_and_what_was_expected(string text, string message) =>
        Assert.StartsWith(message, HoconText.Error(text));

    [Fact]
    public void Every_json_document_means_in_hocon_what_it_means_in_json()
    {
        const string Json = """{"a":{"b":[1,-2.5e-3,true,false,null,"x\"\\\u00e9\n"],"c":{}},"d":[],"":[[{"e":"{}"}]]}""";
        Assert.True(JsonElement.DeepEquals(
            JsonDocument.Parse(Json).RootElement, JsonDocument.Parse(HoconText.Json(Json)).RootElement));
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        HoconText.Parse("a = " + new string('[', HoconParser.MaxDepth) + new string(']', HoconParser.MaxDepth));
        Assert.Contains("inside one another", HoconText.Error("a = " + new string('[', 100_000)), StringComparison.Ordinal);
    }
}
