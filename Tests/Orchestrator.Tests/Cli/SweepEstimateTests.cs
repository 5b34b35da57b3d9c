using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Planning;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What a sweep is said to take.</summary>
public sealed class SweepEstimateTests
{
    private static readonly SweepSpec _spec = new()
    {
        Name = "s",
        Corpus = new() { Idioms = new() },
        Tokenizer = new() { VocabSize = 300 },
        Model = new() { NLayer = 1, DModel = 32, NCtx = 16 },
        Training = new() { Steps = 10, BatchSize = 2, EvalEvery = 10, EvalBatches = 1, MeanCacheTokens = 32 },
        Grid = new() { L0 = [1, 0.5], PeakLr = [1e-3, 1e-2, 1e-1], Replicas = [0, 1] },
        Tasks = ["single_double_quote", "set_or_string"],
        Search = new() { Rounds = 3, BatchSize = 4 },
    };

    [Fact]
    public void Trials_are_counted_over_the_grid_and_only_the_best_learning_rate_goes_on()
    {
        var trials = SweepEstimate.Of(_spec).Trials;
        Assert.Equal((12, 8, 8, 96), (trials.Trainings, trials.Evaluations, trials.Searches, trials.Prunings));
    }

    [Fact]
    public void Searched_trainings_are_counted_by_rounds_and_one_of_each_group_goes_on()
    {
        var spec = _spec with
        {
            Grid = _spec.Grid with { PeakLr = [] },
            TrainingSearch = new() { Rounds = 5, BatchSize = 2 },
        };
        var trials = SweepEstimate.Of(spec).Trials;
        Assert.Equal((40, 8, 8), (trials.Trainings, trials.Evaluations, trials.Searches));
        var work = SweepWork.Of(spec);
        Assert.Equal((4, 2), (work.Groups.Length, work.TrainingBatch));
        Assert.All(work.Groups, group => Assert.Equal(10, work.Units(SweepStage.Train, group)));
        var place = work.Place(new TrialId("models/d32n1-l0.5-r1-s07"));
        Assert.Equal((SweepStage.Train, "d32n1-l0.5-r1"), (place!.Value.Stage, place.Value.Group));
    }

    [Fact]
    public void Parameters_are_those_of_the_layers_counted_by_hand()
    {
        const long Embeddings = 2 * 300 * 32;
        const long Matrices = (3 * 32 * 32) + (32 * 32) + (128 * 32) + (32 * 128);
        const long Biases = (3 * 32) + 32 + 128 + 32;
        const long Uncounted = (3 * 32) + (300 * 300);
        var models = SweepEstimate.Of(_spec).Models;
        Assert.Equal(Embeddings + Matrices + Biases + Uncounted, models[0].Parameters);
        Assert.Equal((long)(Math.Sqrt(0.5) * Embeddings / 2) * 2 + (Matrices / 2) + Biases, models[^1].Nonzeros);
        // Five residual locations and q, k and v make 7 × 32, and the neurons 128.
        Assert.Equal((7 * 32) + 128, models[0].Nodes);
        Assert.Equal(10 * 2 * 16, models[0].TrainingTokens);
        // Twice the weights of the matrix products and the two products of attention; three passes to train, one to evaluate and for the
        // means.
        const double Forward = (2.0 * ((4 * 32 * 32) + (2 * 128 * 32) + (300 * 32))) + (4.0 * 32 * 16);
        Assert.Equal(Forward * ((3 * 320) + 32 + 32), models[0].TrainingFlops);
    }

    [Fact]
    public void A_wider_model_with_as_many_nonzeros_is_guessed_by_its_width_and_not_by_its_square()
    {
        // As make frontier measured them: trainings of width 512 take five times as long as those of width 128, prunings about twice.
        var spec = _spec with
        {
            Tokenizer = new() { VocabSize = 1024 },
            Model = new() { NLayer = 2, NCtx = 96 },
            Training = new() { Steps = 2400, BatchSize = 12, L0Anneal = L0Anneal.Exponential, L0AnnealInitial = 0.25 },
            Grid = new() { DModel = [128, 512], L0 = [0.25], L0ReferenceWidth = 128 },
            Pruning = new() { Steps = 60 },
        };
        var guesses = SweepWork.Of(spec).Groups.Select(group => group.Guess).ToList();
        Assert.InRange(guesses[1][SweepStage.Train] / guesses[0][SweepStage.Train], 2, 7);
        Assert.InRange(guesses[1][SweepStage.Search] / guesses[0][SweepStage.Search], 1.3, 3);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(268435456, "256 MiB")]
    [InlineData(6e12, "5.5 TiB")]
    public void Sizes_are_written_for_people(double bytes, string text) => Assert.Equal(text, Human.Bytes(bytes));

    [Theory]
    [InlineData(999, "999")]
    [InlineData(12_345_678, "12.3 M")]
    public void Counts_are_written_for_people(double count, string text) => Assert.Equal(text, Human.Count(count));

    [Theory]
    [InlineData(5, "5s")]
    [InlineData(200, "3m 20s")]
    [InlineData(3900, "1h 05m")]
    [InlineData(360_000, "100h 00m")]
    public void Durations_are_written_for_people(int seconds, string text) =>
        Assert.Equal(text, Human.Duration(TimeSpan.FromSeconds(seconds)));
}
