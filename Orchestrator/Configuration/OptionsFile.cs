using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Reads a file into a record of options.</summary>
internal static class OptionsFile
{
    /// <summary>The record that the file <paramref name="path"/> describes.</summary>
    /// <param name="path">the file; relative paths inside are relative to it</param>
    /// <param name="environment">what substitutions fall back to; null for the process's environment</param>
    /// <param name="check">adds what a record cannot check itself; called when all values could be read</param>
    /// <exception cref="InvalidConfigurationException">something is wrong in it; the exception lists everything</exception>
    public static T Read<T>(string path, Func<string, string?>? environment, Action<T, RecordBinder> check)
    {
        HoconObject root;
        try
        {
            root = HoconConfig.ParseFile(path, environment).Root;
        }
        catch (HoconException e)
        {
            throw new InvalidConfigurationException([new Problem(e.Origin, "", e.Problem)]);
        }
        var binder = new RecordBinder(root with { Origin = new HoconOrigin(path, 0) }, typeof(T), Path.GetDirectoryName(Path.GetFullPath(path))!);
        var bound = (T)binder.Bind();
        if (!binder.HasUnset) check(bound, binder);
        return binder.Problems.Count == 0 ? bound : throw new InvalidConfigurationException(binder.Problems);
    }
}
