using System.Text.Json;
using Sweeps.ModelCore.Interpretability;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>
/// A file of features of which only what lists show is kept in memory; where in the text a feature fires, which is most of the file, is
/// read from the disk feature by feature.
/// </summary>
internal sealed class FeatureFile
{
    private readonly string _path;
    private readonly (long Length, DateTime Written) _state;
    private readonly Dictionary<int, (int Start, int Length)> _places;

    private FeatureFile(string path, FeaturesFile described, Dictionary<int, (int, int)> places) =>
        (_path, _state, Described, _places) = (path, State(path), described, places);

    /// <summary>What the file says, without contexts.</summary>
    public FeaturesFile Described { get; }

    /// <summary>Whether the file on the disk is still the one that was looked at, by its length and time.</summary>
    public bool IsCurrent => State(_path) == _state;

    /// <summary>Looks through a file.</summary>
    /// <param name="path">where it is</param>
    /// <param name="json">what it has</param>
    /// <exception cref="InvalidDataException">it is no file of features</exception>
    public static FeatureFile Of(string path, byte[] json)
    {
        var file = FeaturesFile.Parse(json);
        var places = new Dictionary<int, (int, int)>();
        foreach (var (index, place) in Elements(json).Index()) places.Add(file.Features[index].Feature, place);
        return new FeatureFile(path, file with { Features = [.. file.Features.Select(one => one with { Contexts = [] })] }, places);
    }

    /// <summary>All that the file says of a feature; null of one that it does not describe.</summary>
    /// <exception cref="IOException">it cannot be read</exception>
    public FeatureScores? Read(int feature)
    {
        if (!_places.TryGetValue(feature, out var place)) return null;
        using var file = File.OpenRead(_path);
        file.Position = place.Start;
        var json = new byte[place.Length];
        file.ReadExactly(json);
        return JsonSerializer.Deserialize<FeatureScores>(json, JobJson.Options);
    }

    private static (long, DateTime) State(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
    }

    // Where the elements of the root's list of features are.
    private static List<(int Start, int Length)> Elements(ReadOnlySpan<byte> json)
    {
        var places = new List<(int, int)>();
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isList = reader.ValueTextEquals("features"u8);
            reader.Read();
            if (!isList)
            {
                reader.Skip();
                continue;
            }
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                places.Add((start, (int)reader.BytesConsumed - start));
            }
        }
        return places;
    }
}
