using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Reads a file into a record of options.</summary>
internal static class OptionsFile
{
    /// <summary>The record that the file <paramref name="path"/> describes.</summary>
    /// <param name="path">the file; relative paths inside are relative to it</param>
    /// <param name="environment">what substitutions fall back to; null for the process's environment</param>
    /// <param name="check">adds what a record cannot check itself; called when all values could be read</param>
    /// <param name="prepare">takes out of the file what is no option, and adds what is wrong with it; null when everything is one</param>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static T Read<T>(string path, Func<string, string?>? environment, Action<T, RecordBinder> check,
        Func<HoconObject, List<Problem>, HoconObject>? prepare = null)
    {
        var root = Parse(() => HoconConfig.ParseFile(path, environment));
        List<Problem> problems = [];
        if (prepare is not null) root = prepare(root, problems);
        return Bind(root, path, Path.GetDirectoryName(Path.GetFullPath(path))!, problems, check);
    }

    /// <summary>The record that a text describes, whose author may see neither files nor the environment.</summary>
    /// <param name="text">the document</param>
    /// <param name="source">what messages call it</param>
    /// <param name="folder">what relative paths inside are relative to</param>
    /// <param name="check">adds what a record cannot check itself; called when all values could be read</param>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static T ReadConfined<T>(string text, string source, string folder, Action<T, RecordBinder> check) =>
        Bind(Parse(() => HoconConfig.ParseConfined(text, source)), source, folder, [], check);

    private static HoconObject Parse(Func<HoconConfig> parse)
    {
        try
        {
            return parse().Root;
        }
        catch (HoconException e)
        {
            throw new InvalidConfigurationException([new Problem(e.Origin, "", e.Problem)]);
        }
    }

    private static T Bind<T>(HoconObject root, string source, string folder, List<Problem> problems, Action<T, RecordBinder> check)
    {
        var binder = new RecordBinder(root with { Origin = new HoconOrigin(source, 0) }, typeof(T), folder);
        var bound = (T)binder.Bind();
        if (!binder.HasUnset) check(bound, binder);
        problems.AddRange(binder.Problems);
        return problems.Count == 0 ? bound : throw new InvalidConfigurationException(problems);
    }
}
