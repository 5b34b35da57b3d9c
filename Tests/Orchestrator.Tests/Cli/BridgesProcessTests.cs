using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself trains a model together with bridges, measures and uses them; killed on the way, and run again.</summary>
public sealed class BridgesProcessTests : IDisposable
{
    private const string Sparse = "d32n1-l0.5-r0", Bridged = "d32n1-l0.5-r0-bridged", Quotes = "single_double_quote";

    private const string Sweep = """
        name = bridges
        corpus { idioms { documents = 4000, focus = [single_double_quote] } }
        tokenizer { vocab_size = 400 }
        model { n_layer = 1, n_ctx = 64 }
        training { steps = 60, batch_size = 2, eval_every = 60, eval_batches = 1, mean_cache_tokens = 128, checkpoint_every = 10 }
        grid { d_model = [32], l0 = [0.5], dense_d_model = [16] }
        bridges {
          dense = d16n1-l1-r0, sparse = [d32n1-l0.5-r0], eval_tokens = 2048
          training { sites_per_step = 2 }
          intervention { pairs = 4, steps = 2, random_draws = 3, channel_draws = 2, shuffle_draws = 2, reference_tokens = 2048 }
        }
        tasks = [single_double_quote]
        skip_unlearned = false, validate = false
        pruning { steps = 10, batch_pairs = 4, train_pairs = 16, validation_pairs = 8, test_pairs = 8 }
        search { rounds = 1, batch_size = 1 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bridges").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_in_the_training_changes_nothing_of_the_report_and_the_bridges_can_be_used()
    {
        var (report, calm) = await SweepProcess.ReportOfKilledAsync(_folder, Sweep, $"models/{Bridged}");

        using var json = JsonDocument.Parse(report);
        var model = json.RootElement.GetProperty("models").EnumerateArray().Single(one => one.GetProperty("id").GetString() == Bridged);
        var bridges = model.GetProperty("bridges");
        Assert.Equal(3, bridges.GetProperty("measured").GetProperty("sites").GetArrayLength());
        var intervention = Assert.Single(bridges.GetProperty("interventions").EnumerateArray());
        foreach (var kind in new[] { "found", "ridge" })
            Assert.Equal(2, intervention.GetProperty(kind).GetProperty("directions").GetArrayLength());
        await AssertShowsBridgesAsync(calm);
    }

    private static async Task AssertShowsBridgesAsync(string folder)
    {
        var shown = await CommandLineRun.OfAsync("bridge", "show", folder);
        Assert.Contains("0.resid_mid", shown.Output, StringComparison.Ordinal);
        var lines = await CommandLineRun.OfAsync("bridge", "show", folder, Bridged, "--json");
        Assert.Equal(Bridged, JsonDocument.Parse(lines.Output).RootElement.GetProperty("model").GetString());

        string[] few = ["--pairs", "2", "--draws", "2", "--json"];
        var found = await CommandLineRun.OfAsync(["bridge", "intervene", folder, Bridged, Quotes, .. few]);
        Assert.Equal(ExitCode.Ok, found.ExitCode);
        Assert.Equal(2, JsonDocument.Parse(found.Output).RootElement.GetProperty("pairs").GetInt32());
        var ridge = await CommandLineRun.OfAsync(["bridge", "intervene", folder, Sparse, Quotes, "--dense", "d16n1-l1-r0", .. few]);
        Assert.Equal(ExitCode.Ok, ridge.ExitCode);
        Assert.NotEqual(found.Output, ridge.Output);

        foreach (var (words, expected) in new (string[], string)[]
        {
            (["show", folder, Sparse], $"{Sparse} has no bridges: expected a model whose name ends in -bridged"),
            (["show", folder, "d16"], "there is no model d16"),
            (["intervene", folder, Sparse, Quotes], $"{Sparse} has no bridges"),
            (["intervene", folder, Bridged, "bracket_counting"], $"{Bridged} has no task bracket_counting"),
            (["intervene", folder, Bridged, Quotes, "--pairs", "0"], "pairs is 0: expected at least 1"),
        })
        {
            var refused = await CommandLineRun.OfAsync(["bridge", .. words]);
            Assert.Equal(ExitCode.Invalid, refused.ExitCode);
            Assert.Contains(expected, refused.Error, StringComparison.Ordinal);
        }
    }
}
