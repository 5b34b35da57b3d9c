using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>The specification's sections on substitutions, with its examples.</summary>
public sealed class HoconSubstitutionTests
{
    [Theory]
    [InlineData("a = ${b.c}, b { c = 1 }", "{\"a\": 1, \"b\": {\"c\": 1}}")]
    [InlineData(
        "key : ${animal.favorite} is my favorite animal, animal.favorite = cat",
        "{\"key\": \"cat is my favorite animal\", \"animal\": {\"favorite\": \"cat\"}}")]
    [InlineData("key : ${a}\" is quoted\", a = ${b}, b = 1.0", "{\"key\": \"1.0 is quoted\", \"a\": 1.0, \"b\": 1.0}")]
    [InlineData("a = \"${b}\"", "{\"a\": \"${b}\"}")]
    [InlineData("g = { size = 6 }, east = ${g} { name = \"east\" }", "{\"g\": {\"size\": 6}, \"east\": {\"size\": 6, \"name\": \"east\"}}")]
    [InlineData("a = ${b} ${c}, b = [1], c = [2]", "{\"a\": [1, 2], \"b\": [1], \"c\": [2]}")]
    [InlineData("a = ${b} ${c}, b = x, c = y", "{\"a\": \"x y\", \"b\": \"x\", \"c\": \"y\"}")]
    [InlineData("a = ${b}, b = 1, b = 2", "{\"a\": 2, \"b\": 2}")]
    [InlineData("a = ${\"b.c\".d}, \"b.c\".d = 1", "{\"a\": 1, \"b.c\": {\"d\": 1}}")]
    public void Substitutions_see_the_final_value_of_any_type(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("a = ${?x}", "{}")]
    [InlineData("a = 1, a = ${?x}", "{\"a\": 1}")]
    [InlineData("a = [1, ${?x}, 2]", "{\"a\": [1, 2]}")]
    [InlineData("a = ${?x}foo", "{\"a\": \"foo\"}")]
    [InlineData("a = ${?x} [1]", "{\"a\": [1]}")]
    [InlineData("a = ${?x} {b: 1}", "{\"a\": {\"b\": 1}}")]
    [InlineData("a = ${?x}${?y}", "{}")]
    public void An_optional_substitution_without_a_value_leaves_nothing(string text, string json) =>
        Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("path : \"a:b:c\"\npath : ${path}\":d\"", "{\"path\": \"a:b:c:d\"}")]
    [InlineData("path = [ /bin ]\npath = ${path} [ /usr/bin ]", "{\"path\": [\"/bin\", \"/usr/bin\"]}")]
    [InlineData("foo : { a : 1 }\nfoo : ${foo}", "{\"foo\": {\"a\": 1}}")]
    [InlineData("foo : ${?foo}", "{}")]
    [InlineData("foo : ${does-not-exist}\nfoo : 42", "{\"foo\": 42}")]
    [InlineData("foo : ${foo}, foo : 42", "{\"foo\": 42}")]
    [InlineData("foo : { a : { c : 1 } }\nfoo : ${foo.a}\nfoo : { a : 2 }", "{\"foo\": {\"a\": 2, \"c\": 1}}")]
    [InlineData("a = ${?a}foo", "{\"a\": \"foo\"}")]
    [InlineData("a = 1, a = ${a}2, a = ${a}3", "{\"a\": \"123\"}")]
    [InlineData("a { p = x }, a { p = ${a.p}y }", "{\"a\": {\"p\": \"xy\"}}")]
    [InlineData("base { p = x }, a = ${base}, a { p = ${a.p}y }", "{\"base\": {\"p\": \"x\"}, \"a\": {\"p\": \"xy\"}}")]
    public void A_field_that_refers_to_itself_means_its_earlier_value(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }", "{\"bar\": {\"foo\": 42, \"baz\": 42}}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }\nbar : { foo : 43 }", "{\"bar\": {\"foo\": 43, \"baz\": 43}}")]
    [InlineData(
        "bar : { a : ${foo.d}, b : 1 }\nbar.b = 3\nfoo : { c : ${bar.b}, d : 2 }\nfoo.d = 4",
        "{\"bar\": {\"a\": 4, \"b\": 3}, \"foo\": {\"c\": 3, \"d\": 4}}")]
    [InlineData("a = ${b}, b = { x = 1, y = ${a.x} }", "{\"a\": {\"x\": 1, \"y\": 1}, \"b\": {\"x\": 1, \"y\": 1}}")]
    public void Objects_may_refer_into_themselves_and_one_another(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("foo : ${foo}")]
    [InlineData("foo : ${foo}\nfoo : { a : 1 }")]
    [InlineData("bar : ${foo}\nfoo : ${bar}")]
    [InlineData("a : ${b}\nb : ${c}\nc : ${a}")]
    [InlineData("a : { b : ${a} }")]
    [InlineData("a : [${a}]")]
    [InlineData("a : ${b.x}, b : ${a.y}")]
    [InlineData("a : ${missing}")]
    [InlineData("a : x ${missing.too} y")]
    public void A_cycle_and_a_missing_value_are_errors_that_name_the_line(string text) =>
        Assert.Matches(@"^test\.conf:[123]: \$\{.* (has no value|refers to itself)", HoconText.Error(text));

    [Theory]
    [InlineData("a : { b : ${?a} }", "{\"a\": {}}")]
    [InlineData("bar : ${?foo}\nfoo : ${?bar}", "{}")]
    public void An_optional_cycle_counts_as_missing(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Theory]
    [InlineData("a += 1\na += 2", "{\"a\": [1, 2]}")]
    [InlineData("a = [0]\na += {b: 1}", "{\"a\": [0, {\"b\": 1}]}")]
    [InlineData("x { y.a += 1 }\nx.y.a += 2", "{\"x\": {\"y\": {\"a\": [1, 2]}}}")]
    public void Plus_equals_appends(string text, string json) => Assert.Equal(json, HoconText.Json(text));

    [Fact]
    public void Plus_equals_to_something_else_than_a_list_is_an_error() =>
        Assert.StartsWith("test.conf:2: \"x\" (a string) stands beside a list", HoconText.Error("a = x\na += 1"));

    [Fact]
    public void The_environment_is_asked_last()
    {
        Assert.Equal("{\"a\": \"/home\", \"b\": \"/home/x\"}", HoconText.Json("a = ${HOME}, b = ${HOME}/x", ("HOME", "/home")));
        Assert.Equal("{\"HOME\": null, \"a\": null}", HoconText.Json("HOME = null, a = ${HOME}", ("HOME", "/home")));
        Assert.Equal("{\"a\": 3}", HoconText.Json("a = 3, a = ${?SEED}"));
        Assert.Equal(4, HoconConversions.AsInt(HoconText.A("a = 3, a = ${?SEED}", ("SEED", "4"))));
        Assert.Equal("{\"a\": \"\"}", HoconText.Json("a = ${EMPTY}", ("EMPTY", "")));
    }

    [Fact]
    public void Concatenation_that_doubles_again_and_again_is_bounded()
    {
        var text = "a0 = \"0123456789\"\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"a{i} = ${{a{i - 1}}}${{a{i - 1}}}\n"));
        Assert.Contains("longer than", HoconText.Error(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_substitutions_is_bounded()
    {
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => $"a{i} = ${{a{i + 1}}}\n"));
        Assert.Contains("lead to one another", HoconText.Error(text), StringComparison.Ordinal);
    }
}
