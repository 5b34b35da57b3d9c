using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Tests.Hocon;

/// <summary>The specification's sections on includes, with its examples.</summary>
public sealed class HoconIncludeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hocon").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private string Json(string text) => HoconConfig.ParseFile(File("root.conf", text), _ => null).Root.ToJson();

    private string Error(string text) => Assert.ThrowsAny<HoconException>(() => Json(text)).Message;

    [Theory]
    [InlineData("include \"sub/foo.conf\"")]
    [InlineData("include file(\"sub/foo.conf\")")]
    [InlineData("include required(\"sub/foo.conf\")")]
    [InlineData("include required( file( \"sub/foo.conf\" ) )")]
    [InlineData("include\n  \"sub/foo\"")]
    public void Included_fields_stand_in_for_the_include(string include)
    {
        File("sub/foo.conf", "include \"bar.conf\"\nx = 10, y = 2");
        File("sub/bar.conf", "x = 0, z = 3");
        Assert.Equal("{\"x\": 11, \"z\": 3, \"y\": 2, \"w\": 1}", Json($"x = 1, {include}\n x = 11\n w = 1"));
    }

    [Fact]
    public void Substitutions_are_looked_up_below_the_include_first_and_then_at_the_root()
    {
        File("foo.conf", "x : 10, y : ${x}, r : ${root}, l += 1");
        Assert.Equal(
            "{\"l\": [0], \"root\": 7, \"a\": {\"x\": 42, \"y\": 42, \"r\": 7, \"l\": [1]}}",
            Json("l = [0], root = 7, a : { include \"foo.conf\" }\n a : { x : 42 }"));
    }

    [Theory]
    [InlineData("include \"nothing.conf\"")]
    [InlineData("include \"nothing\"")]
    [InlineData("include required(\"nothing.conf\")")]
    [InlineData("a { include file(\"nothing.conf\") }")]
    public void A_missing_file_is_an_error_at_its_line(string include) =>
        Assert.Matches(
            "^F/root.conf:2: include \"(nothing[.conf]*)\": there is no file F/\\1; expected one",
            Error("\n" + include).Replace(_folder, "F"));

    [Theory]
    [InlineData("include optional(\"nothing.conf\")")]
    [InlineData("include optional( file( \"nothing\" ) )")]
    public void A_missing_file_is_empty_where_it_is_optional(string include) => Assert.Equal("{\"a\": 1}", Json($"{include}, a = 1"));

    [Fact]
    public void An_optional_file_that_is_there_counts()
    {
        File("some.conf", "a = 2, b = 3");
        Assert.Equal("{\"a\": 2, \"b\": 3}", Json("a = 1, include optional(\"some.conf\")"));
    }

    [Fact]
    public void An_error_in_an_included_file_names_that_file()
    {
        File("foo.conf", "\n\na = @");
        Assert.StartsWith($"{_folder}/foo.conf:3: '@' is reserved", Error("include \"foo.conf\""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("include = 1")]
    [InlineData("include foo.conf")]
    [InlineData("include url(\"http://localhost/foo\")")]
    [InlineData("include file(\"foo\"")]
    [InlineData("include \"http://localhost/foo\"")]
    [InlineData("a = [{ include \"foo\" }]")]
    public void Other_forms_of_include_are_refused(string text) =>
        Assert.StartsWith($"{_folder}/root.conf:1: ", Error(text), StringComparison.Ordinal);

    [Fact]
    public void Files_that_include_one_another_are_an_error()
    {
        File("foo.conf", "include \"root.conf\"");
        Assert.Contains("is a cycle", Error("include \"foo.conf\""), StringComparison.Ordinal);
    }

    [Fact]
    public void The_depth_of_includes_is_bounded()
    {
        for (var i = 0; i < 50; i++) File($"{i}.conf", $"include \"{i + 1}.conf\"");
        Assert.Contains("more than 20 files deep", Error("include \"0.conf\""), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        var path = Path.Combine(_folder, "latin1.conf");
        System.IO.File.WriteAllBytes(path, [(byte)'a', (byte)'=', 0xe9]);
        Assert.Contains(
            "not valid UTF-8", Assert.Throws<HoconException>(() => HoconConfig.ParseFile(path)).Message, StringComparison.Ordinal);
    }
}
