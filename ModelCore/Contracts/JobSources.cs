using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Contracts;

/// <summary>
/// What a job reads outside of its sweep's folder: what the sweep file names. Written down by a machine that has it, for one that gets
/// copies. Nothing of it reaches a result: the job finds the same, in the same order, by the same names.
/// </summary>
public sealed record JobSources
{
    /// <summary>The folder of the copies, and of the listing, relative to the sweep's folder.</summary>
    public const string Folder = "sources";

    /// <summary>Copies of the files that the job names, relative to the sweep's folder.</summary>
    public IReadOnlyList<ArtifactRef> Files { get; init; } = [];

    /// <summary>For a path that the job names, where the copy is: a file, or a folder; relative to the sweep's folder.</summary>
    public IReadOnlyDictionary<string, string> Paths { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The files of a corpus; null where the job reads none.</summary>
    public CorpusListing? Corpus { get; init; }

    /// <summary>Where each copy is made from: absolute paths on the machine that has them, by digest.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, string> Originals { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Whether the job reads nothing outside of its sweep's folder.</summary>
    [JsonIgnore]
    public bool IsEmpty => Files.Count == 0 && Corpus is null;

    /// <summary>Reads a listing.</summary>
    /// <exception cref="InvalidDataException">it is not one</exception>
    public static JobSources Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return JsonSerializer.Deserialize<JobSources>(file, JobJson.Options) ?? throw new InvalidDataException($"{path} is null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no listing of sources: {e.Message}", e);
        }
    }

    /// <summary>All copies, each once.</summary>
    public IEnumerable<ArtifactRef> Copies() =>
        Files.Concat(Corpus?.Files.Select(file => file.Copy).OfType<ArtifactRef>() ?? [])
            .DistinctBy(copy => copy.Path);

    /// <summary>The job as it reads the copies.</summary>
    /// <param name="job">the job whose sources these are</param>
    /// <param name="folder">the sweep's folder with the copies, absolute</param>
    /// <param name="listing">the file with this listing, absolute, in the folder of the copies</param>
    public Job Of(Job job, string folder, string listing) => job switch
    {
        PrepareJob prepare => prepare with
        {
            Listing = Corpus is null ? null : listing,
            Tokenizer = prepare.Tokenizer with
            {
                EncoderPath = In(folder, prepare.Tokenizer.EncoderPath),
                MergesPath = In(folder, prepare.Tokenizer.MergesPath),
                JsonPath = In(folder, prepare.Tokenizer.JsonPath),
            },
        },
        ImportJob import => import with
        {
            Source = import.Source with
            {
                Path = In(folder, import.Source.Path)!,
                MappingPath = In(folder, import.Source.MappingPath),
            },
        },
        GivenJob given => given with { Source = given.Source with { Path = In(folder, given.Source.Path)! } },
        _ => job,
    };

    private string? In(string folder, string? path) => path is null ? null : Path.Combine(folder, Paths[path]);
}

/// <summary>What a corpus's folder has.</summary>
/// <param name="Files">the files to read, in the order in which they are found</param>
/// <param name="LeftOut">what is found and is not read, in that order</param>
public sealed record CorpusListing(IReadOnlyList<ListedSource> Files, IReadOnlyList<LeftOutSource> LeftOut);

/// <summary>A file of a corpus.</summary>
/// <param name="Name">its path below the folder, with slashes; of a single file its name</param>
/// <param name="Bytes">its size when it was listed</param>
/// <param name="Copy">its copy, relative to the sweep's folder; null for one that cannot be read</param>
public sealed record ListedSource(string Name, long Bytes, ArtifactRef? Copy);

/// <summary>Something that is found and is not read.</summary>
/// <param name="Reason">why</param>
/// <param name="Name">its path below the folder</param>
/// <param name="Bytes">its size, as far as it is known</param>
public sealed record LeftOutSource(LeftOutReason Reason, string Name, long Bytes);
