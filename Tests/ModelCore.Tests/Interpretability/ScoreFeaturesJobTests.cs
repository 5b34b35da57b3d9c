using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Interpretability;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tests.Jobs;
using Sweeps.ModelCore.Tests.Torch;

namespace Sweeps.ModelCore.Tests.Interpretability;

[Collection(TorchCollection.Name)]
public sealed class ScoreFeaturesJobTests(TinySweep sweep) : IClassFixture<TinySweep>
{
    private const string Location = "1.resid_in";

    [Fact]
    public void Features_of_a_baseline_are_described_alike_in_every_run()
    {
        using var runner = new JobRunner();
        var baselines = Baselines(runner);
        var first = Run(runner, Job(baselines, "first"));
        var second = Run(runner, Job(baselines, "second"));
        Assert.Equal(Read(first), Read(second));
        Assert.Equal(first.Scores, second.Scores);
        var file = FeaturesFile.Parse(File.ReadAllBytes(Path.Combine(sweep.Root, first.Features.Path)));
        Assert.Equal((Location, Neurons.Kind, 32, 12), (file.Location, file.Kind, file.Count, file.Features.Count));
        Assert.Equal(file.Features.Select(one => one.Feature).Order(), file.Features.Select(one => one.Feature));
        Assert.All(file.Features, one => Assert.InRange(one.Density, 0, 1));
        Assert.All(file.Features.SelectMany(one => one.Contexts), place => Assert.True(place.Activation > 0));
    }

    [Fact]
    public void The_activations_are_those_of_the_dictionary_and_0_where_a_window_begins()
    {
        using var runner = new JobRunner();
        var result = Run(runner, Job(Baselines(runner), "activations"));
        var file = FeaturesFile.Parse(File.ReadAllBytes(Path.Combine(sweep.Root, result.Features.Path)));
        // Four of 32 channels are used for each activation.
        Assert.InRange(file.Features.Average(one => one.Density), 0.02, 0.4);
        Assert.Equal(0, file.Tokens % 95);
    }

    [Fact]
    public void A_dictionary_of_another_location_is_refused()
    {
        using var runner = new JobRunner();
        var wrong = Job(Baselines(runner), "wrong") with { Location = "0.resid_in" };
        Assert.Contains(
            "is not of 0.resid_in of this model", Assert.Throws<JobFailedException>(() => Run(runner, wrong)).Message,
            StringComparison.Ordinal);
        var options = Job(Baselines(runner), "wrong") with { Options = new InterpretabilityOptions { Features = 0 } };
        Assert.Contains("features is 0", Assert.Throws<JobFailedException>(() => Run(runner, options)).Message, StringComparison.Ordinal);
    }

    private EvaluateDictionariesResult Baselines(JobRunner runner) => (EvaluateDictionariesResult)runner.Run(
        new EvaluateDictionariesJob
        {
            Output = "dictionaries",
            Seed = 1,
            Model = sweep.Trained.Model,
            Corpus = sweep.Prepared.Corpus,
            Location = Location,
            Baselines = [BaselineKind.Neurons],
            ActiveFeatures = [4],
            FitTokens = 1000,
            EvalTokens = 1000,
        },
        new TestContext(sweep.Root));

    private ScoreFeaturesJob Job(EvaluateDictionariesResult baselines, string output) => new()
    {
        Output = output,
        Seed = 2,
        Model = sweep.Trained.Model,
        Corpus = sweep.Prepared.Corpus,
        Location = Location,
        Dictionary = baselines.Baselines[0].Dictionary,
        ActiveFeatures = 4,
        Options = new InterpretabilityOptions { Features = 12, Tokens = 4000, FragmentTokens = 32 },
    };

    private ScoreFeaturesResult Run(JobRunner runner, ScoreFeaturesJob job) =>
        (ScoreFeaturesResult)runner.Run(job, new TestContext(sweep.Root));

    private byte[] Read(ScoreFeaturesResult result) => File.ReadAllBytes(Path.Combine(sweep.Root, result.Features.Path));
}
