using System.Text.Json;

namespace Sweeps.Contracts.Tests;

public class AutoencoderOptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_resolve_by_kind()
    {
        var options = new AutoencoderOptions();
        Assert.Empty(options.Validate());
        Assert.Empty(options.Validate(new ModelConfig()));
        Assert.Equal((3907, 200_000L, DeadFeatureRemedy.Aux), (options.Steps, options.DeadAfter, options.Remedy));
        Assert.Equal(DeadFeatureRemedy.Resample, (options with { Kind = AutoencoderKind.Jumprelu }).Remedy);
        Assert.Equal(DeadFeatureRemedy.None, (options with { Dead = DeadFeatureRemedy.None }).Remedy);
        Assert.Equal(100_000, (options with { Tokens = 10_000 }).DeadAfter);
        Assert.Null(options.StopStep);
        Assert.Equal(1562, (options with { StopDead = 0.5 }).StopStep);
        Assert.Equal(256, options.Features(64));
        Assert.Equal(32, (options with { Ratio = 0.5 }).Features(64));
    }

    [Fact]
    public void The_weight_for_a_sum_is_that_for_a_mean_times_the_width()
    {
        Assert.Equal(0.128, new AutoencoderOptions { Alpha = 1e-3 }.AlphaSum(128), 1e-12);
        Assert.Equal(1e-3, new AutoencoderOptions { Alpha = 1e-3, Reduction = LossReduction.Sum }.AlphaSum(128));
    }

    [Fact]
    public void Values_out_of_range_are_named_in_the_files_words()
    {
        var options = new AutoencoderOptions();
        Assert.Equal(
            ["location is '3.resid': expected a layer and a site, as in 1.resid_in or 0.mlp.post_act, or final_resid"],
            (options with { Location = "3.resid" }).Validate());
        Assert.Equal(
            ["buffer is 3000: expected a positive multiple of twice the batch of 1024"], (options with { Buffer = 3000 }).Validate());
        Assert.Equal(["resample_at has 1: expected fractions above 0 and below 1"], (options with { ResampleAt = [0.5, 1] }).Validate());
        Assert.Equal(["stop_at is 1: expected above 0 and below 1"], (options with { StopAt = 1 }).Validate());
        Assert.Equal(
            ["stop_fvu is 0: expected a positive number, or null", "stop_dead is 1: expected 0 to below 1, or null"],
            (options with { StopFvu = 0, StopDead = 1 }).Validate());
        Assert.Equal(["tokens is 5: expected at least batch, which is 1024"], (options with { Tokens = 5 }).Validate());
        Assert.Equal(
            ["k is 9000: expected at most the number of features, which is 8192"],
            (options with { K = 9000 }).Validate(new ModelConfig()));
        Assert.Equal(
            ["location is 8.resid_in: the model has 8 layers, numbered from 0"],
            (options with { Location = "8.resid_in" }).Validate(new ModelConfig()));
        Assert.Equal(
            ["skip_tokens is 256: expected less than n_ctx, which is 256"],
            (options with { SkipTokens = 256 }).Validate(new ModelConfig()));
    }

    [Fact]
    public void Options_and_results_are_written_and_read_back()
    {
        Job job = new TrainAutoencoderJob
        {
            Output = "sae",
            Seed = 3,
            Model = new ArtifactRef("m", "ab", 1),
            Corpus = new CorpusArtifacts(new("e", "", 1), new("v", "", 1), new("t", "", 1), new("u", "", 1)),
            Options = new AutoencoderOptions { Kind = AutoencoderKind.L1Tied, ResampleAt = [0.5] },
        };
        var line = JsonSerializer.Serialize(job, JobJson.Options);
        Assert.StartsWith("{\"kind\":\"autoencoder\",", line, StringComparison.Ordinal);
        Assert.Equal(line, JsonSerializer.Serialize(JsonSerializer.Deserialize<Job>(line, JobJson.Options), JobJson.Options));
        Assert.Equal("ab", job.Affinity);

        JobResult result = new TrainAutoencoderResult(
            new("a", "", 1), new("c", "", 1), 4, 5, 6, 0.1, 7, new(10, 1, 0.1, 2, 2.1, 3, 4, 0.01, 0.5, 2, 0.9, 0.95, 0.2));
        // What came to its end is written as it was before there was a stop.
        Assert.DoesNotContain("stop", JsonSerializer.Serialize(result, JobJson.Options), StringComparison.OrdinalIgnoreCase);
        result = (TrainAutoencoderResult)result with { Stopped = new AutoencoderStop(3, 0.95, 0.25, 0.9, null) };
        line = JsonSerializer.Serialize(result, JobJson.Options);
        var read = Assert.IsType<TrainAutoencoderResult>(JsonSerializer.Deserialize<JobResult>(line, JobJson.Options));
        Assert.Equal(line, JsonSerializer.Serialize<JobResult>(read, JobJson.Options));
        Assert.Equal((0.1, 0.9, 0.95), (read.Metrics.LossIncrease, read.Metrics.Recovered, read.Metrics.RecoveredFromZero), Close);
    }

    [Fact]
    public void A_stop_names_what_was_above_its_bound_and_nothing_else()
    {
        Assert.Equal("stopped early at step 3: FVU 0.950 is above 0.9", new AutoencoderStop(3, 0.95, 0.25, 0.9, null).ToString());
        Assert.Equal(
            "stopped early at step 3: FVU 0.950 is above 0.9, and a fraction of 0.625 of the features is dead, above 0.5",
            new AutoencoderStop(3, 0.95, 0.625, 0.9, 0.5).ToString());
    }

    [Fact]
    public void Locations_are_read_as_they_are_written_and_have_the_widths_of_the_model()
    {
        var model = new ModelConfig { NLayer = 2, DModel = 32, DMlp = 80, DPosEmb = 4 };
        var all = ValueLocation.All(2).ToList();
        Assert.Equal(23, all.Count);
        foreach (var at in all)
        {
            Assert.Equal(at, ValueLocation.Parse(at.Name));
            Assert.True(at.IsIn(2));
            Assert.Equal(at.Node?.Name ?? at.Name, at.Name);
        }
        Assert.Equal(
            [32, 36, 32, 32, 32, 32, 32, 32, 36, 80, 32], all.Take(11).Select(at => at.Width(model)));
        Assert.Equal(NodeLocation.All(2).Append(NodeLocation.FinalResid), all.Select(at => at.Node).OfType<NodeLocation>());
        Assert.False(new ValueLocation(2, ValueSite.AttnY).IsIn(2));
        foreach (var wrong in (string[])["", "resid_in", "x.resid_in", "-1.resid_in", "0.final_resid", "0.attn", "1. resid_in"])
        {
            Assert.Contains(
                $"'{wrong}' is no location", Assert.Throws<FormatException>(() => ValueLocation.Parse(wrong)).Message,
                StringComparison.Ordinal);
        }
    }

    private static bool Close((double, double, double) a, (double, double, double) b) =>
        Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-9;
}
