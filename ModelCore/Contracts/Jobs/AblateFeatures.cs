using System.Diagnostics.CodeAnalysis;

namespace Sweeps.Contracts;

/// <summary>
/// Asks how few features of a dictionary carry a task at one location: for pairs of prompts of equal length, features of the one prompt
/// take their values on the other, the most effective first, and what no feature explains stays (Cunningham et al. 2023, section 4).
/// </summary>
public sealed record AblateFeaturesJob : ModelTaskJob
{
    /// <summary>A job whose members are set one by one.</summary>
    public AblateFeaturesJob()
    {
    }

    /// <summary>The curves of dictionaries on the model and task of other inputs.</summary>
    [SetsRequiredMembers]
    public AblateFeaturesJob(ModelTaskJob inputs, string location, IReadOnlyList<NamedDictionary> dictionaries)
        : base(inputs) => (Location, Dictionaries) = (location, dictionaries);

    /// <summary>The location, as <see cref="AutoencoderOptions.Location"/>.</summary>
    public required string Location { get; init; }

    /// <summary>Autoencoders and baselines of the location.</summary>
    public required IReadOnlyList<NamedDictionary> Dictionaries { get; init; }

    /// <summary>Features that a baseline uses for each token; autoencoders have their own number. Default 16.</summary>
    public int ActiveFeatures { get; init; } = 16;

    /// <summary>Pairs of the test split, at most; those whose prompts differ in length are left out. Default 64.</summary>
    public int Pairs { get; init; } = 64;
}

/// <summary>The curves of some dictionaries.</summary>
/// <param name="Pairs">pairs of prompts of equal length that were used; 0 where there are none, and the curves then have no points</param>
/// <param name="Curves">one for each dictionary, in the order of the job</param>
public sealed record AblateFeaturesResult(int Pairs, IReadOnlyList<FeatureAblationCurve> Curves) : JobResult;

/// <summary>What patching the features of one dictionary does.</summary>
/// <param name="Dictionary">its name</param>
/// <param name="Points">by number of features patched: 0, 1, 2, 4 … all</param>
/// <param name="Area">
/// the mean height of the divergence as a fraction of that without a patch, over log2(1 + number patched): small is good
/// </param>
public sealed record FeatureAblationCurve(string Dictionary, IReadOnlyList<FeatureAblationPoint> Points, double Area);

/// <summary>The mean over pairs when so many features are patched.</summary>
/// <param name="Patched">features that take their values on the other prompt</param>
/// <param name="Divergence">KL(model on the other prompt ‖ patched model), nats, at the last token</param>
/// <param name="LogitDifference">logit of this prompt's right completion less that of the other's</param>
/// <param name="EditSize">‖edit‖ / ‖x‖ over all positions</param>
public sealed record FeatureAblationPoint(int Patched, double Divergence, double LogitDifference, double EditSize);
