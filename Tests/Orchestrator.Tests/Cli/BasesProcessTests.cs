using System.Text.Json;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself finds circuits of channels and of features; killed on the way, and run again.</summary>
public sealed class BasesProcessTests : IDisposable
{
    private const string Sweep = """
        name = bases
        corpus { idioms { documents = 400 } }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 64, activation_fraction = 1 }
        training { steps = 60, batch_size = 2, l0 = 0.5, eval_every = 60, eval_batches = 1, mean_cache_tokens = 128 }
        tasks = [single_double_quote]
        skip_unlearned = false
        validate = false
        pruning {
          steps = 6, batch_pairs = 4, train_pairs = 16, validation_pairs = 8, test_pairs = 8, checkpoint_every = 2
          # Over the whole vocabulary, of which a tiny model has learned something.
          whole_vocabulary_loss = true, target_loss = 4
        }
        search { rounds = 1, batch_size = 1 }
        autoencoders {
          locations = ["0.attn.act_in", "0.mlp.resid_delta"], ratio = [2], k = [4], baselines = [], scores = false, ablation_pairs = 0
          training { tokens = 8192, batch = 256, buffer = 4096, eval_tokens = 1024 }
          circuits { prunings = 2 }
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bases").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_in_a_pruning_of_features_changes_nothing_of_the_report()
    {
        var (report, calm) = await SweepProcess.ReportOfKilledAsync(_folder, Sweep, "basis-prunings/");

        using var json = JsonDocument.Parse(report);
        var bases = json.RootElement.GetProperty("models")[0].GetProperty("tasks")[0].GetProperty("bases");
        Assert.Equal(
            ["channels", "features-keep", "features-mean"], bases.EnumerateArray().Select(one => one.GetProperty("basis").GetString()));
        var circuits = bases.EnumerateArray().Select(one => one.GetProperty("circuit")).ToList();
        Assert.Equal([0, 2, 0], circuits.Select(one => one.GetProperty("errors").GetInt32()));
        Assert.Equal(JsonValueKind.Null, circuits[0].GetProperty("residualEdges").ValueKind);
        // No write of these two locations is before a read of them.
        Assert.Equal(0, circuits[1].GetProperty("residualEdges").GetInt32());
        Assert.All(circuits, one => Assert.InRange(one.GetProperty("testLoss").GetDouble(), 0, 10));
        var page = await File.ReadAllTextAsync(Path.Combine(calm, "report.md"));
        Assert.Contains("## Circuits of channels and of features\n", page, StringComparison.Ordinal);
    }
}
