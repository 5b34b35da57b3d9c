using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>The program itself searches the training of a model: killed inside a round, run again, and given a round more.</summary>
public sealed class TrainingSearchProcessTests : IDisposable
{
    private const string Group = "d16n1-l0.5-r0";

    private const string Sweep = SweepProcess.Sweep + """

        training { steps = 120, eval_every = 60 }
        training_search { batch_size = 2, algorithm = local, space { peak_lr { min = 1e-3, max = 0.2 }, epsilon {} } }
        training_search.rounds = 2
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("training-search").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_kill_inside_a_round_changes_nothing_and_a_round_more_gives_what_a_longer_search_would_have_given()
    {
        var (small, large) = (Path.Combine(_folder, "small.hocon"), Path.Combine(_folder, "large.hocon"));
        await File.WriteAllTextAsync(small, Sweep);
        await File.WriteAllTextAsync(large, Sweep + "\ntraining_search.rounds = 3");
        var (calm, killed, fresh) = (Path.Combine(_folder, "calm"), Path.Combine(_folder, "killed"), Path.Combine(_folder, "fresh"));
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(small, calm)).ExitCode);

        // The second of the two trainings of the second round, whichever it is, has not ended then.
        Assert.Equal(128 + 9, (await SweepProcess.RunAsync(small, killed, SweepProcess.Signal("KILL"), $"models/{Group}-s02")).ExitCode);
        var cut = Read(killed);
        Assert.Equal(1, Assert.Single(cut.TrainingSearches).RoundsClosed);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(small, killed)).ExitCode);
        Assert.Equal(cut.TrainingSearches[0].State.Suggestions, Read(killed).TrainingSearches[0].State.Suggestions);
        Assert.Equal(await ReportAsync(calm), await ReportAsync(killed));

        var asked = await CommandLineRun.OfAsync("run", large, "--dir", killed);
        Assert.Equal(ExitCode.Refused, asked.ExitCode);
        Assert.Contains("\n  training_search.rounds: 2 → 3\n", asked.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.OfAsync(["extend", killed, large])).ExitCode);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(large, fresh)).ExitCode);
        Assert.Equal(await ReportAsync(fresh), await ReportAsync(killed));
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", killed)).ExitCode);

        await File.WriteAllTextAsync(small, Sweep.Replace("epsilon {}", "beta2 {}", StringComparison.Ordinal));
        var other = await CommandLineRun.OfAsync("run", small, "--dir", killed);
        Assert.Equal(ExitCode.Refused, other.ExitCode);
        Assert.Contains("training_search.rounds: 3 → 2; rounds may be added", other.Error, StringComparison.Ordinal);
        Assert.Contains("it would have suggested other trainings", other.Error, StringComparison.Ordinal);

        AssertShowsTheSearch(fresh);
    }

    private static void AssertShowsTheSearch(string folder)
    {
        var read = Read(folder);
        var best = read.Models.Single(model => model.Selected);
        Assert.Equal(read.Models.Min(model => model.Trained!.ValidationLoss), best.Trained!.ValidationLoss);
        Assert.Equal(6, read.Models.Select(model => model.Plan.Training.PeakLr).Distinct().Count());
        var page = File.ReadAllText(Path.Combine(folder, "report.md"));
        Assert.Contains("chosen on validation loss", page, StringComparison.Ordinal);
        Assert.Contains($"| {best.Plan.Id} | best |", page, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        var models = json.RootElement.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(
            read.Models.Select(model => model.Plan.Training.Epsilon),
            models.Select(model => model.GetProperty("suggested").GetProperty("hyperparameters").GetProperty("epsilon").GetDouble()));
        var search = json.RootElement.GetProperty("trainingSearches")[0];
        Assert.Equal((Group, "rounds"), (search.GetProperty("group").GetString(), search.GetProperty("ended").GetString()));
        Assert.Equal(best.Trained.ValidationLoss, search.GetProperty("bestSoFar")[2].GetDouble());
    }

    private static SweepReadModel Read(string folder) => SweepFolder.Load(folder, new StoreOptions());

    private static Task<byte[]> ReportAsync(string folder) => File.ReadAllBytesAsync(Path.Combine(folder, "report.json"));
}
