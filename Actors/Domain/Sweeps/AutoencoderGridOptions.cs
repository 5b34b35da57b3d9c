using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Domain.Sweeps;

/// <summary>
/// Sparse autoencoders of every model that goes on: each combination of the lists is one. An empty list keeps the single value of <see
/// cref="Training"/>, but for <see cref="Locations"/>: without any, a sweep has no autoencoders.
/// </summary>
public sealed record AutoencoderGridOptions
{
    /// <summary>Whose activations; default none.</summary>
    public IReadOnlyList<string> Locations { get; init; } = [];

    /// <summary>Kinds.</summary>
    public IReadOnlyList<AutoencoderKind> Kinds { get; init; } = [];

    /// <summary>Features per channel of the location.</summary>
    public IReadOnlyList<double> Ratio { get; init; } = [];

    /// <summary>Active features of topk and batchtopk, and those that jumprelu aims at.</summary>
    public IReadOnlyList<int> K { get; init; } = [];

    /// <summary>Weights of the L1 term, of l1 and l1_tied.</summary>
    public IReadOnlyList<double> Alpha { get; init; } = [];

    /// <summary>Seeds of the initial weights; the order of the data is the same for all.</summary>
    public IReadOnlyList<ulong> Seeds { get; init; } = [];

    /// <summary>How they are trained where the lists do not vary it.</summary>
    public AutoencoderOptions Training { get; init; } = new();

    /// <summary>What they are compared with at each location, with as many active features; default all.</summary>
    public IReadOnlyList<BaselineKind> Baselines { get; init; } = Enum.GetValues<BaselineKind>();

    /// <summary>Whether features are described and scored; default yes.</summary>
    public bool Scores { get; init; } = true;

    /// <summary>How.</summary>
    public InterpretabilityOptions Interpretability { get; init; } = new();

    /// <summary>
    /// Pairs of prompts on which it is measured how few features carry a task, at each location and for each task; default 64, 0 for none.
    /// </summary>
    public int AblationPairs { get; init; } = 64;

    /// <summary>Circuits of the autoencoders' features beside those of the models' channels; default none.</summary>
    public BasisComparisonOptions Circuits { get; init; } = new();

    /// <summary>Whether the sweep has autoencoders.</summary>
    [JsonIgnore]
    public bool IsOn => Locations.Count > 0;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        IEnumerable<IEnumerable<string>> lists =
        [
            Values("locations", "location", Locations, value => Training with { Location = value }),
            Values("kinds", "kind", Kinds, value => Training with { Kind = value }),
            Values("ratio", "ratio", Ratio, value => Training with { Ratio = value }),
            Values("k", "k", K, value => Training with { K = value }),
            Values("alpha", "alpha", Alpha, value => Training with { Alpha = value }),
            Values("seeds", "seed", Seeds, value => Training with { Seed = value }),
            Twice("baselines", Baselines),
            AblationPairs < 0
                ? [string.Create(CultureInfo.InvariantCulture, $"ablation_pairs is {AblationPairs}: expected 0 (none) or more")]
                : [],
            Circuits.IsOn && IsOn && !Locations.Any(CircuitBases.IsPlace)
                ?
                [
                    string.Create(CultureInfo.InvariantCulture, $"circuits.prunings is {Circuits.Prunings}, and locations has no residual ")
                        + "read or write: expected one of attn.act_in, attn.resid_delta, mlp.act_in and mlp.resid_delta",
                ]
                : [],
        ];
        return lists.SelectMany(problems => problems);
    }

    /// <summary>
    /// What is wrong with an autoencoder for a model of this shape, with the list it is about first; empty when nothing is.
    /// </summary>
    public IEnumerable<(string Key, string Problem)> Validate(ModelConfig model) =>
        from autoencoder in All()
        from problem in autoencoder.Options.Validate(model)
        let name = problem.Split(' ', 2)
        let key = name[0] switch
        {
            "location" => "locations",
            "k" when K.Count > 0 => "k",
            var other => $"training.{other}",
        }
        select (key, key == name[0] || !key.Contains('.', StringComparison.Ordinal) ? $"{key} has {name[1][3..]}" : $"{key} {name[1]}");

    /// <summary>All of them: by location, then kind, ratio, k or alpha, and seed.</summary>
    public IReadOnlyList<PlannedAutoencoder> All() =>
    [
        .. from location in Locations
           from kind in SweepSpec.Or(Kinds, Training.Kind)
           from ratio in SweepSpec.Or(Ratio, Training.Ratio)
           from sparse in Sparsities(Training with { Location = location, Kind = kind, Ratio = ratio })
           from seed in SweepSpec.Or(Seeds, Training.Seed)
           let options = sparse.Options with { Seed = seed }
           select new PlannedAutoencoder(
               $"{location}-{Word(kind)}-x{SweepPlan.Number(ratio)}-{sparse.Name}-s{seed.ToString(CultureInfo.InvariantCulture)}", options),
    ];

    /// <summary>
    /// Numbers of active features at which baselines are measured, ascending: those that autoencoders of a location are asked for, or,
    /// where all are of an L1 kind, those that they have come to.
    /// </summary>
    /// <param name="found">the autoencoders of the location that were trained</param>
    internal IReadOnlyList<int> ActiveFeatures(IEnumerable<TrainAutoencoderResult> found)
    {
        var asked = SweepSpec.Or(Kinds, Training.Kind).Any(kind => !IsL1(kind));
        return asked
            ? [.. SweepSpec.Or(K, Training.K).Distinct().Order()]
            : [.. found.Select(one => Math.Max(1, (int)Math.Round(one.Metrics.L0))).Distinct().Order()];
    }

    /// <summary>A word of a file for a kind or a baseline.</summary>
    internal static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static bool IsL1(AutoencoderKind kind) => kind is AutoencoderKind.L1 or AutoencoderKind.L1Tied;

    private IEnumerable<(string Name, AutoencoderOptions Options)> Sparsities(AutoencoderOptions options) => IsL1(options.Kind)
        ? SweepSpec.Or(Alpha, Training.Alpha).Select(alpha => ($"a{SweepPlan.Number(alpha)}", options with { Alpha = alpha }))
        : SweepSpec.Or(K, Training.K).Select(k => (
            string.Create(CultureInfo.InvariantCulture, $"k{k}"),
            options with { K = k, TargetL0 = options.TargetL0 is null ? null : k }));

    private static IEnumerable<string> Values<T>(
        string list, string option, IReadOnlyList<T> values, Func<T, AutoencoderOptions> with)
    {
        var start = option + " is ";
        return values.SelectMany(value => with(value).Validate())
            .Where(problem => problem.StartsWith(start, StringComparison.Ordinal))
            .Select(problem => $"{list} has {problem[start.Length..]}")
            .Concat(Twice(list, values));
    }

    private static IEnumerable<string> Twice<T>(string list, IReadOnlyList<T> values) =>
        from value in values
        group value by value into same
        where same.Count() > 1
        select string.Create(CultureInfo.InvariantCulture, $"{list} has {same.Key} {same.Count()} times: expected each value once");
}
