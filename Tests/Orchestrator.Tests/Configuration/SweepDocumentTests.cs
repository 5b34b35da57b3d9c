using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>A sweep of somebody who may see but a few folders names nothing else.</summary>
public sealed class SweepDocumentTests : IDisposable
{
    private const string Rest = "\ntraining { steps = 4 }\ntasks = [single_double_quote]";

    private readonly string _folder = Directory.CreateTempSubdirectory("confined").FullName;

    private string Allowed => Path.Combine(_folder, "allowed");

    public SweepDocumentTests()
    {
        Directory.CreateDirectory(Path.Combine(Allowed, "texts"));
        Directory.CreateDirectory(Path.Combine(_folder, "outside"));
        Directory.CreateDirectory(Path.Combine(_folder, "allowed-not"));
        File.WriteAllText(Path.Combine(_folder, "outside", "secret.hocon"), "name = secret");
        File.CreateSymbolicLink(Path.Combine(Allowed, "link"), Path.Combine(_folder, "outside"));
        File.CreateSymbolicLink(Path.Combine(Allowed, "near"), "texts");
        File.CreateSymbolicLink(Path.Combine(Allowed, "circle"), Path.Combine(Allowed, "circle"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("ALLOWED/texts")]
    [InlineData("texts")]
    [InlineData("ALLOWED/near/more")]
    [InlineData("ALLOWED")]
    [InlineData("ALLOWED/link/../allowed")]
    public void A_path_in_an_allowed_folder_is_taken(string path) => Assert.Equal(
        Path.GetFullPath(Fill(path), Allowed), Read(Corpus(path), Allowed).Corpus.Files!.Path);

    [Theory]
    [InlineData("OUTSIDE")]
    [InlineData("/etc")]
    [InlineData("ALLOWED/../outside")]
    [InlineData("ALLOWED-not")]
    [InlineData("ALLOWED/link")]
    [InlineData("ALLOWED/link/secret.hocon")]
    [InlineData("..")]
    public void A_path_that_leads_out_is_refused(string path)
    {
        var problem = Problem(Corpus(path), Allowed);
        Assert.StartsWith("the submitted text:2: corpus.files.path is \"", problem, StringComparison.Ordinal);
        Assert.EndsWith($"expected a path in {Allowed} (http.allowed_paths of the server)", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_no_folder_is_allowed_no_path_is() => Assert.EndsWith(
        "expected no path, as the server allows none (http.allowed_paths)", Problem(Corpus("/usr/lib/python3")), StringComparison.Ordinal);

    [Theory]
    [InlineData("tokenizer { encoder_path = \"/etc/passwd\", merges_path = \"/etc/passwd\" }", "tokenizer.encoder_path")]
    [InlineData("tokenizer.json_path = \"/etc/passwd\"", "tokenizer.json_path")]
    [InlineData("imported { m = \"/etc\" }", "imported.m.path")]
    [InlineData("imported { m { path = \"ALLOWED\", mapping_path = \"/etc/x\" } }", "imported.m.mapping_path")]
    [InlineData("imported { m { path = \"ALLOWED\", circuits { t = \"/etc/x\" } } }", "imported.m.circuits.t.path")]
    [InlineData("reuse = [\"/etc\"]", "reuse")]
    public void Every_option_that_names_a_file_is_looked_at(string option, string key) =>
        Assert.Contains(
            $"{key} is \"/etc", Problem($"name = x\ncorpus {{ idioms {{}} }}\n{option}{Rest}", Allowed), StringComparison.Ordinal);

    [Theory]
    [InlineData("include \"OUTSIDE/secret.hocon\"")]
    [InlineData("include optional(\"OUTSIDE/secret.hocon\")")]
    [InlineData("include file(\"OUTSIDE/secret.hocon\")")]
    [InlineData("a { include \"secret\" }")]
    public void It_includes_nothing(string include) => Assert.Contains(
        "without includes", Problem($"{include}\nname = x\ncorpus {{ idioms {{}} }}{Rest}", Allowed), StringComparison.Ordinal);

    [Fact]
    public void It_reads_nothing_of_the_environment()
    {
        Assert.Contains("HOME", Problem($"name = ${{HOME}}\ncorpus {{ idioms {{}} }}{Rest}"), StringComparison.Ordinal);
        Assert.Equal("x", Read($"name = x${{?HOME}}\ncorpus {{ idioms {{}} }}{Rest}").Name);
    }

    // Whoever adds an option that is a text decides here whether it names a file.
    [Fact]
    public void Every_text_that_a_sweep_may_have_is_known_to_name_a_file_or_none() => Assert.Equal(
    [
        "corpus.files.path", "imported.*.circuits.*.path", "imported.*.mapping_path", "imported.*.path", "reuse", "tokenizer.encoder_path",
        "tokenizer.json_path", "tokenizer.merges_path",
    ],
    Texts(typeof(SweepSpec), "").Where(key => !key.StartsWith("own_tasks.", StringComparison.Ordinal)).Except(
    [
        "name", "imported.*.sha256", "imported.*.circuits.*.sha256", "search.algorithm", "training_search.algorithm", "tasks",
        "corpus.idioms.focus", "search.warm_start", "corpus.files.extensions", "corpus.files.separator",
        "imported.*.circuits.*.completions", "autoencoders.locations", "autoencoders.training.location", "bridges.dense", "bridges.sparse",
    ]).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Texts(Type type, string prefix)
    {
        foreach (var option in OptionSchema.Of(type))
        {
            if (option.Type == typeof(string) || option.Type == typeof(IReadOnlyList<string>)) yield return prefix + option.Key;
            var (inner, at) = option.IsSection ? (option.Type, $"{prefix}{option.Key}.")
                : OptionSchema.EntryOf(option.Type) is { } entry && OptionSchema.IsSection(entry) ? (entry, $"{prefix}{option.Key}.*.")
                : (null, "");
            foreach (var text in inner is null ? [] : Texts(inner, at)) yield return text;
        }
    }

    private static string Corpus(string path) => $"name = x\ncorpus {{ files {{ path = \"{path}\" }} }}{Rest}";

    private string Fill(string text) => text.Replace("ALLOWED", Allowed, StringComparison.Ordinal)
        .Replace("OUTSIDE", Path.Combine(_folder, "outside"), StringComparison.Ordinal);

    private SweepSpec Read(string text, params string[] allowed) => SweepFile.Load(SweepDocument.Confined(Fill(text), allowed));

    private string Problem(string text, params string[] allowed) =>
        Assert.Throws<InvalidConfigurationException>(() => Read(text, allowed)).Message;
}
