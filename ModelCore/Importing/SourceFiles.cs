using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Importing;

/// <summary>A file of an imported model.</summary>
/// <param name="Path">where it is</param>
/// <param name="Bytes">its length</param>
/// <param name="Sha256">of its content, lower-case hexadecimal</param>
public sealed record SourceFile(string Path, long Bytes, string Sha256)
{
    /// <summary>Its name without the folder.</summary>
    [JsonIgnore]
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Reads a file for its digest.</summary>
    /// <exception cref="IOException">it is missing or cannot be read</exception>
    public static SourceFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        return new SourceFile(path, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}

/// <summary>In which form an imported model is written.</summary>
public enum SourceForm
{
    /// <summary>OpenAI's: beeg_config.json and final_model.pt.</summary>
    OpenAi,

    /// <summary>A safetensors file with the shape in its metadata, as Sweeps writes it.</summary>
    Sweeps,

    /// <summary>Any other safetensors file, with a mapping.</summary>
    Mapped,
}

/// <summary>The files of an imported model. Nothing here needs libtorch.</summary>
/// <param name="Form">their form</param>
/// <param name="Paths">full paths; the tensors' last but for the mapping</param>
public sealed record SourceFiles(SourceForm Form, IReadOnlyList<string> Paths)
{
    /// <summary>The file that a folder with a model of Sweeps has.</summary>
    public const string ModelName = "model.safetensors";

    /// <summary>The files that <paramref name="source"/> names.</summary>
    /// <exception cref="FileNotFoundException">one of them is not there</exception>
    /// <exception cref="InvalidDataException">there is nothing that could be a model, or a mapping where none belongs</exception>
    public static SourceFiles Of(ImportedModel source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var path = Path.GetFullPath(source.Path);
        var config = Path.Combine(path, OpenAiCheckpoint.ConfigFile);
        if (File.Exists(config))
        {
            if (source.MappingPath is { } mapping)
                throw new InvalidDataException(
                    $"{path} has {OpenAiCheckpoint.ConfigFile}, and so needs no mapping: expected none, not {mapping}");
            return Existing(SourceForm.OpenAi, config, Path.Combine(path, OpenAiCheckpoint.TensorFile));
        }
        var file = Directory.Exists(path) ? Path.Combine(path, ModelName) : path;
        if (!File.Exists(file))
        {
            throw new FileNotFoundException(Directory.Exists(path)
                ? $"{path} holds no model: expected {OpenAiCheckpoint.ConfigFile} and {OpenAiCheckpoint.TensorFile}, or {ModelName}"
                : $"{path} does not exist: expected a folder with a model, or a .safetensors file");
        }
        return source.MappingPath is { } given
            ? Existing(SourceForm.Mapped, file, Path.GetFullPath(given))
            : Existing(SourceForm.Sweeps, file);
    }

    /// <summary>Reads all files for their digests.</summary>
    public IReadOnlyList<SourceFile> Read() => [.. Paths.Select(SourceFile.Read)];

    /// <summary>
    /// The digest of all files together: of one its own, of several that of what <c>sha256sum</c> prints for their names.
    /// </summary>
    public static string Digest(IReadOnlyList<SourceFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return files is [var only]
            ? only.Sha256
            : Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(files.Select(file => $"{file.Sha256}  {file.Name}\n")))));
    }

    private static SourceFiles Existing(SourceForm form, params string[] paths) =>
        paths.FirstOrDefault(path => !File.Exists(path)) is { } missing
        ? throw new FileNotFoundException($"{missing} does not exist")
        : new SourceFiles(form, paths);
}
