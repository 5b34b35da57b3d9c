namespace Sweeps.Orchestrator.Configuration;

/// <summary>Where a sweep is described: a file of the user's own, or a text of somebody who may see but a few folders.</summary>
internal sealed class SweepDocument
{
    public const string TextName = "the submitted text";

    private readonly Func<Action<SweepSpec, RecordBinder>, SweepSpec> _read;

    private SweepDocument(string folder, Func<Action<SweepSpec, RecordBinder>, SweepSpec> read) => (Folder, _read) = (folder, read);

    /// <summary>What its relative paths are relative to.</summary>
    public string Folder { get; }

    /// <summary>A file.</summary>
    /// <param name="path">the file</param>
    /// <param name="environment">what substitutions fall back to; the process's environment by default</param>
    public static SweepDocument Of(string path, Func<string, string?>? environment = null) => new(
        Path.GetDirectoryName(Path.GetFullPath(path))!, check => OptionsFile.Read(path, environment, check));

    /// <summary>
    /// A text that includes nothing, reads no variable of the environment, and names no file outside of some folders, not even by a
    /// symbolic link that leads out of them.
    /// </summary>
    /// <param name="text">the text</param>
    /// <param name="allowed">the folders, absolute; relative paths are relative to the first</param>
    public static SweepDocument Confined(string text, IReadOnlyList<string> allowed)
    {
        var folder = allowed.Count > 0 ? allowed[0] : "/";
        return new SweepDocument(folder, check => OptionsFile.ReadConfined<SweepSpec>(text, TextName, folder, (spec, binder) =>
        {
            foreach (var (key, problem) in NamedPaths.Outside(spec, folder, allowed)) binder.Add(key, problem);
            // What follows looks at files.
            if (binder.Problems.Count == 0) check(spec, binder);
        }));
    }

    /// <summary>Reads it.</summary>
    /// <param name="check">adds what a record cannot check itself; called when all values could be read</param>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public SweepSpec Read(Action<SweepSpec, RecordBinder> check) => _read(check);
}
