using System.Text;
using System.Text.Json;

namespace Sweeps.Contracts.Tests;

public class JobCatalogTests
{
    [Fact]
    public void Every_type_of_job_is_in_the_catalogue_once() =>
        Assert.Equal(Concrete(typeof(Job)), JobCatalog.All.Select(kind => kind.Job.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_type_of_result_is_that_of_a_kind_of_job() =>
        Assert.Equal(Concrete(typeof(JobResult)), JobCatalog.All.Select(kind => kind.Result.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Names_are_those_that_were_always_stored() => Assert.Equal(
        [
            ("prepare", "PrepareJob", "PrepareResult"), ("train", "TrainJob", "TrainResult"), ("import", "ImportJob", "TrainResult"),
            ("bridge", "TrainBridgeJob", "TrainBridgeResult"), ("evaluate", "EvaluateJob", "EvaluateResult"),
            ("prune", "PruneJob", "PruneResult"), ("probe", "ProbeJob", "ProbeResult"), ("circuit", "CircuitJob", "CircuitResult"),
            ("validate", "ValidateJob", "ValidationResult"), ("curve", "CurveJob", "CurveResult"),
            ("edges", "PruneEdgesJob", "CircuitResult"), ("given", "GivenJob", "GivenResult"),
            ("bridgeevaluation", "BridgeEvaluateJob", "BridgeEvaluateResult"),
            ("bridgeintervention", "BridgeInterveneJob", "BridgeInterveneResult"),
            ("autoencoder", "TrainAutoencoderJob", "TrainAutoencoderResult"),
            ("dictionaries", "EvaluateDictionariesJob", "EvaluateDictionariesResult"),
            ("ablation", "AblateFeaturesJob", "AblateFeaturesResult"), ("features", "ScoreFeaturesJob", "ScoreFeaturesResult"),
            ("basiscircuit", "BasisCircuitJob", "BasisCircuitResult"),
        ],
        JobCatalog.All.Select(kind => (kind.Name, kind.Job.Name, kind.Result.Name)));

    [Fact]
    public void What_finishes_a_pruning_goes_before_new_prunings_and_what_nothing_waits_for_goes_last()
    {
        string[] order = ["prepare", "train", "import", "bridge", "evaluate", "circuit", "probe", "prune"];
        Assert.Equal(order, JobCatalog.All.OrderBy(kind => kind.Priority).Take(order.Length).Select(kind => kind.Name));
        Assert.Single(JobCatalog.All.Skip(order.Length).Select(kind => kind.Priority).Distinct());
    }

    [Fact]
    public void Jobs_and_results_are_written_with_their_kind_first_and_read_back()
    {
        Job job = new PrepareJob { Output = "corpus", Seed = 3, Corpus = new(), Tokenizer = new() };
        var line = JsonSerializer.Serialize(job, JobJson.Options);
        Assert.StartsWith("{\"kind\":\"prepare\",", line, StringComparison.Ordinal);
        Assert.Equal(line, JsonSerializer.Serialize(JsonSerializer.Deserialize<Job>(line, JobJson.Options), JobJson.Options));
        Assert.Equal("prepare", JobCatalog.Of(job).Name);

        JobResult result = new CircuitResult(new ArtifactRef("c", "", 1), 3, 4, 0.1, 0.2, 1);
        Assert.StartsWith("{\"kind\":\"circuit\",", JsonSerializer.Serialize(result, JobJson.Options), StringComparison.Ordinal);
        Assert.Equal(result, JsonSerializer.Deserialize<JobResult>(JsonSerializer.Serialize(result, JobJson.Options), JobJson.Options));
    }

    [Fact]
    public void A_job_without_a_kind_can_neither_be_written_nor_named()
    {
        Job job = new StrangeJob { Output = "x", Seed = 1 };
        Assert.Throws<NotSupportedException>(() => JsonSerializer.Serialize(job, JobJson.Options));
        Assert.Contains("StrangeJob", Assert.Throws<ArgumentException>(() => JobCatalog.Of(job)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_does_not_know_the_names_writes_no_jobs_instead_of_half_of_them() =>
        Assert.Throws<InvalidOperationException>(() => JsonSerializer.Serialize<Job>(new StrangeJob { Output = "x", Seed = 1 }));

    [Fact]
    public void A_kind_that_is_not_known_is_refused() => Assert.Throws<InvalidDataException>(() =>
        DeviceProtocol.ReadRequest(Encoding.UTF8.GetBytes("""{"type":"run","trial":"t","attempt":1,"job":{"kind":"strange"},"resumeFrom":null}""")));

    [Theory]
    [InlineData("")]
    [InlineData("Train")]
    [InlineData("two words")]
    public void A_name_is_lower_case_letters(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => JobKind.Of<PrepareJob, PrepareResult>(name, 0));

    private static IEnumerable<string> Concrete(Type family) =>
        family.Assembly.GetTypes().Where(type => type.IsSubclassOf(family) && !type.IsAbstract).Select(
            type => type.Name).Order(StringComparer.Ordinal);

    private sealed record StrangeJob : Job;
}
