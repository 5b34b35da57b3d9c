using System.Text.Json;
using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Bridges;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Interpretability;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Training;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Tests;

namespace Sweeps.Orchestrator.Tests.Formats;

/// <summary>docs/schemas says what the files of a real run are, by the judgement of a validator that is not ours.</summary>
[Collection(FinishedRun.Tests)]
public sealed class SchemaTests(FinishedRun run, ExplainedRun explained)
{
    // Prints what is wrong with each file by its schema, and nothing where all is right.
    private const string Validator = """
        import json, sys
        from jsonschema import Draft202012Validator
        for schema, file in json.load(sys.stdin):
            schema = json.load(open(schema))
            Draft202012Validator.check_schema(schema)
            for error in Draft202012Validator(schema).iter_errors(json.load(open(file))):
                print(file, error.json_path, error.message[:300])
        """;

    private static readonly Dictionary<string, (Type Record, string File)> _formats = new()
    {
        ["autoencoder-curve"] = (typeof(AutoencoderCurve), "curve.json"),
        ["bridge-curve"] = (typeof(BridgeCurve), "bridge_curve.json"),
        ["circuit"] = (typeof(CircuitFile), "circuit.json"),
        ["corpus"] = (typeof(CorpusInfo), "corpus.json"),
        ["curve"] = (typeof(TrainingCurve), "curve.json"),
        ["features"] = (typeof(FeaturesFile), "features.json"),
        ["report"] = (typeof(ReportDocument), "report.json"),
    };

    public static TheoryData<string> Formats => [.. _formats.Keys];

    private static string Schema(string format) => RepositoryFile.Path($"docs/schemas/{format}.schema.json");

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_schema_is_that_of_the_record_that_is_written(string format)
    {
        var (record, file) = _formats[format];
        var expected = FormatSchema.Of(record, file);
        if (Environment.GetEnvironmentVariable("SWEEPS_WRITE_SCHEMAS") == "1") File.WriteAllText(Schema(format), expected);
        var isSame = expected == File.ReadAllText(Schema(format));
        Assert.True(isSame, $"docs/schemas/{format}.schema.json is not what the record is written as: `make schemas` writes it anew");
    }

    [Theory]
    [InlineData("circuit", 4)]
    [InlineData("corpus", 1)]
    [InlineData("curve", 1)]
    [InlineData("report", 1)]
    public void The_files_of_a_run_are_as_their_schema_says(string format, int atLeast)
    {
        var files = Directory.GetFiles(run.Folder, _formats[format].File, SearchOption.AllDirectories);
        Assert.InRange(files.Length, atLeast - 1, 100);
        Assert.NotEmpty(files);
        var found = Validate(files.Select(file => (Schema(format), file)));
        Assert.True(found.Length == 0, found);
    }

    [Theory]
    [InlineData("autoencoder-curve", "autoencoders")]
    [InlineData("bridge-curve", "models")]
    [InlineData("curve", "models")]
    [InlineData("features", "features")]
    [InlineData("report", "")]
    public async Task The_files_of_a_run_with_autoencoders_and_bridges_are_as_their_schema_says(string format, string below)
    {
        var folder = Path.Combine(await explained.FolderAsync(), below);
        var files = Directory.GetFiles(folder, _formats[format].File, SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        var found = Validate(files.Select(file => (Schema(format), file)));
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public void A_file_that_is_not_as_its_schema_says_is_found_out()
    {
        var file = Directory.GetFiles(run.Folder, "corpus.json", SearchOption.AllDirectories).Single();
        var folder = Directory.CreateTempSubdirectory("schema");
        try
        {
            var damaged = Path.Combine(folder.FullName, "corpus.json");
            const string Wrong = "\"trainTokens\": \"many\", \"more\": ";
            File.WriteAllText(damaged, File.ReadAllText(file).Replace("\"trainTokens\": ", Wrong, StringComparison.Ordinal));
            var found = Validate([(Schema("corpus"), damaged)]);
            Assert.Contains("$.trainTokens 'many' is not of type 'integer'", found, StringComparison.Ordinal);
            Assert.Contains("'more' was unexpected", found, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Validate(IEnumerable<(string Schema, string File)> files) =>
        DebianPython.Run(JsonSerializer.Serialize(files.Select(pair => new[] { pair.Schema, pair.File })), "-c", Validator);
}
