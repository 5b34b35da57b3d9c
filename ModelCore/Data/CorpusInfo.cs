using System.Security.Cryptography;
using System.Text.Json;
using Sweeps.Files;

namespace Sweeps.ModelCore.Data;

/// <summary>What a prepared corpus holds; saved beside it as corpus.json. File names are relative to the folder.</summary>
/// <remarks>Version 1 had names in PascalCase and neither format, version nor what was left out; it is read.</remarks>
internal sealed record CorpusInfo
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-corpus";

    /// <summary>The version that this code writes.</summary>
    public const int CurrentVersion = 2;

    /// <summary>Name of the file that holds this record.</summary>
    public const string FileName = "corpus.json";

    /// <summary>Name of the training tokens.</summary>
    public const string TrainFile = "train.bin";

    /// <summary>Name of the validation tokens.</summary>
    public const string ValidationFile = "validation.bin";

    /// <summary><see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Entries of the tokenizer, end-of-text included.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Id of the token after each document.</summary>
    public required int EndOfText { get; init; }

    /// <summary>Tokens for training, end-of-text included.</summary>
    public required long TrainTokens { get; init; }

    /// <summary>Tokens for validation, end-of-text included.</summary>
    public required long ValidationTokens { get; init; }

    /// <summary>Documents for training.</summary>
    public required long TrainDocuments { get; init; }

    /// <summary>Documents for validation.</summary>
    public required long ValidationDocuments { get; init; }

    /// <summary>Bytes of text in all documents.</summary>
    public required long Bytes { get; init; }

    /// <summary>What of the files is not in the corpus.</summary>
    public IReadOnlyList<LeftOutSample> LeftOut { get; init; } = [];

    /// <summary>Validation loss of <see cref="BigramBaseline"/>, nats per token.</summary>
    public required double BigramLossNats { get; init; }

    /// <summary>SHA-256, in lower-case hexadecimal, of each file written, by name.</summary>
    public required IReadOnlyDictionary<string, string> Sha256 { get; init; }

    private static JsonSerializerOptions AnyCase { get; } = new(JobJson.Options) { PropertyNameCaseInsensitive = true };

    /// <summary>Reads the record of the corpus in <paramref name="folder"/>.</summary>
    /// <exception cref="InvalidDataException">corpus.json is missing, of a later version, or not sound</exception>
    public static CorpusInfo Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) throw new InvalidDataException($"{path}: does not exist");
        try
        {
            var info = JsonSerializer.Deserialize<CorpusInfo>(File.ReadAllBytes(path), AnyCase)
                ?? throw new InvalidDataException($"{path}: is null");
            if (info.Format != FormatName)
                throw new InvalidDataException($"{path}: its format is \"{info.Format}\": expected \"{FormatName}\"");
            return info.Version is 1 or CurrentVersion
                ? info
                : throw new InvalidDataException($"{path}: is of version {info.Version}: this program reads 1 and {CurrentVersion}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: not the record of a corpus: {e.Message}");
        }
    }

    internal void Save(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), s =>
    {
        JsonSerializer.Serialize(s, this, JobJson.Indented);
        s.WriteByte((byte)'\n');
    });

    internal static string HashOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

/// <summary>What of the files is not in a corpus, for one reason.</summary>
/// <param name="Reason">why</param>
/// <param name="Count">files, folders, lines or documents, whichever the reason speaks of</param>
/// <param name="Bytes">bytes in them, as far as they are known</param>
/// <param name="Examples">the first few: paths below the folder, a line's with its number and what is wrong with it</param>
internal sealed record LeftOutSample(LeftOutReason Reason, long Count, long Bytes, IReadOnlyList<string> Examples);

/// <summary>How far a corpus is.</summary>
/// <param name="Stage">"tokenizer", "encode" or "baseline"</param>
/// <param name="Bytes">bytes of text read in this stage</param>
internal sealed record CorpusProgress(string Stage, long Bytes);
