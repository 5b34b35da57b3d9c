using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>How a sweep file says which models it imports.</summary>
public sealed class ImportedFileTests : IDisposable
{
    private const string Tokenizer = "tokenizer { encoder_path = e.json, merges_path = m.bpe }\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("imported-file").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_model_is_a_folder_or_a_section_with_more_and_names_are_sorted()
    {
        var digest = new string('a', 64);
        var spec = Load(
            $$"""imported { second = theirs, "csp_0.9M" { path = /models/csp, n_ctx = 256, mapping_path = map.json, sha256 = {{digest}} } }""");
        Assert.Equal(["csp_0.9M", "second"], spec.Imported.Keys);
        Assert.Equal(
            new ImportedModel
            {
                Path = "/models/csp",
                NCtx = 256,
                MappingPath = Path.Combine(_folder, "map.json"),
                Sha256 = digest,
            },
            spec.Imported["csp_0.9M"]);
        Assert.Equal(new ImportedModel { Path = Path.Combine(_folder, "theirs") }, spec.Imported["second"]);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("imported.a = b", false)]
    [InlineData("imported.a = b, grid.l0 = [1]", true)]
    [InlineData("imported.a = b, model.n_layer = 2", true)]
    [InlineData("imported.a = b, training.steps = 7", true)]
    [InlineData("imported.a = b, train_models = true", true)]
    [InlineData("imported.a = b, grid.l0 = [1], train_models = false", false)]
    public void Beside_imported_models_others_are_trained_only_where_the_file_says_something_of_them(string text, bool trains) =>
        Assert.Equal(trains, Load(text).TrainModels);

    [Theory]
    [InlineData("imported.a = 7", "imported.a is 7 (a number): expected a path or a section { ... }")]
    [InlineData("imported.a {}", "imported.a.path is missing: expected a string")]
    [InlineData("imported.a { path = b, n_ctx = 1 }", "imported.a.n_ctx is 1: expected 2 or more, or null")]
    [InlineData("imported.a { path = b, sha256 = x }", "imported.a.sha256 is \"x\": expected 64 digits 0 to 9 and a to f, or null")]
    [InlineData(
        "imported.\"a/b\" = c", "imported has \"a/b\": expected up to 64 letters, digits, '-', '_' and '.', the first a letter or digit")]
    [InlineData(
        "imported.a { path = b, circuits.set_or_string = c }",
        "imported.a.circuits has \"set_or_string\": expected a task of this sweep (tasks), on whose pairs the circuit is measured")]
    [InlineData(
        "tasks = [set_or_string], imported.a { path = b, circuits.set_or_string { path = c, completions = [x] } }",
        "imported.a.circuits.set_or_string.completions has 1 texts: expected two, or none")]
    [InlineData("train_models = false", "train_models is false, and there is no imported model: expected one, or true")]
    public void What_is_wrong_is_told_with_its_line(string text, string expected)
    {
        var refused = Assert.Throws<InvalidConfigurationException>(() => Load(text));
        Assert.Equal($"{Path.Combine(_folder, "s.hocon")}:3: {expected}", refused.Message);
    }

    [Fact]
    public void Imported_models_need_the_tokenizer_that_they_were_trained_with() => Assert.Contains(
        "tokenizer.encoder_path and merges_path, or json_path, are missing",
        Assert.Throws<InvalidConfigurationException>(() => Load("imported.a = b", tokenizer: "\n")).Message,
        StringComparison.Ordinal);

    private SweepSpec Load(string text, string tokenizer = Tokenizer)
    {
        var path = Path.Combine(_folder, "s.hocon");
        File.WriteAllText(path, $"name = s, corpus.idioms {{}}\n{tokenizer}{text}");
        return SweepFile.Load(path, _ => null);
    }
}
