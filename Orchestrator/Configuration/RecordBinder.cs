using System.Collections;
using System.Globalization;
using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Reads records of options from a HOCON object, and collects everything that is wrong instead of stopping at the first.</summary>
/// <param name="root">what the file says; its origin stands for the file as a whole</param>
/// <param name="rootType">the record to read it into</param>
/// <param name="folder">what relative paths are relative to</param>
internal sealed class RecordBinder(HoconObject root, Type rootType, string folder)
{
    private const string Section = "a section { ... }";
    private const string PathKey = "path";

    /// <summary>Whether an option names a file or folder, by its key.</summary>
    public static bool IsPath(Option option) => option.Key is PathKey || option.Key.EndsWith("_path", StringComparison.Ordinal);

    public List<Problem> Problems { get; } = [];

    /// <summary>Whether a required option has no value, so that the record cannot be looked at.</summary>
    public bool HasUnset { get; private set; }

    /// <summary>The record; only to be used when there are no <see cref="Problems"/>.</summary>
    public object Bind() => Bind(rootType, root, root.Origin, "");

    /// <summary>Adds a problem at <paramref name="key"/>, at the line of that key or of the nearest section around it.</summary>
    /// <param name="key">the path, e.g. <c>grid.d_model</c>; an element of a list by its number from 0, as in <c>grid.d_model.1</c></param>
    /// <param name="message">the key, the value, and what was expected</param>
    public void Add(string key, string message)
    {
        if (!Problems.Exists(known => known.Message == message)) Problems.Add(new Problem(Find(key).Nearest, key, message));
    }

    /// <summary>Whether the file says something at <paramref name="key"/>.</summary>
    public bool Has(string key) => Find(key).IsThere;

    private (HoconOrigin Nearest, bool IsThere) Find(string key)
    {
        var (at, origin) = ((HoconValue)root, root.Origin);
        foreach (var part in key.Split('.'))
        {
            switch (at)
            {
                case HoconObject section when section.Fields.TryGetValue(part, out var field):
                    (at, origin) = (field.Value, field.Value is HoconObject ? field.KeyOrigin : field.Value.Origin);
                    break;
                case HoconArray list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < list.Items.Count:
                    (at, origin) = (list.Items[index], list.Items[index].Origin);
                    break;
                default:
                    return (origin, false);
            }
        }
        return (origin, true);
    }

    private object Bind(Type type, HoconObject source, HoconOrigin origin, string path, object? defaults = null)
    {
        var result = defaults ?? Activator.CreateInstance(type)!;
        var options = OptionSchema.Of(type);
        var before = Problems.Count;
        foreach (var (key, field) in source.Fields)
        {
            if (options.FirstOrDefault(option => option.Key == key) is { } option) Set(result, option, field, path + key);
            else Problems.Add(new Problem(field.KeyOrigin, path + key, Unknown(key, path, options)));
        }
        foreach (var missing in options.Where(option => option.Required && !source.Fields.ContainsKey(option.Key)))
            Problems.Add(new Problem(origin, path + missing.Key, $"{path}{missing.Key} is missing: expected {Expected(missing)}"));
        if (options.Any(option => option.Required && option.Property.GetValue(result) is null)) HasUnset = true;
        else Validate(result, options, path, mayBePartial: Problems.Count > before);
        return result;
    }

    private void Set(object target, Option option, HoconField field, string path)
    {
        var value = field.Value;
        if (value is HoconNull && option.Nullable)
        {
            option.Property.SetValue(target, null);
        }
        else if (option.IsSection)
        {
            if (value is HoconObject section)
                option.Property.SetValue(target, Bind(option.Type, section, field.KeyOrigin, path + ".", option.Property.GetValue(target)));
            else Wrong();
        }
        else if (OptionSchema.EntryOf(option.Type) is { } entry)
        {
            if (value is HoconObject entries) option.Property.SetValue(target, BindEntries(entry, entries, path + "."));
            else Wrong();
        }
        else if (ValueReader.For(option).Read(value) is { } read)
        {
            var isPath = IsPath(option) && read is string { Length: > 0 };
            option.Property.SetValue(target, isPath ? Path.GetFullPath((string)read, folder) : read);
        }
        else
        {
            Wrong();
        }

        void Wrong() =>
            Problems.Add(new Problem(value.Origin, path, $"{path} is {value.Show()} ({value.Kind}): expected {Expected(option)}"));
    }

    private IDictionary BindEntries(Type entry, HoconObject source, string path)
    {
        var result = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), entry))!;
        foreach (var (key, field) in source.Fields)
        {
            if (AsSection(entry, field.Value) is { } section) result.Add(key, Bind(entry, section, field.KeyOrigin, $"{path}{key}."));
            else
                Problems.Add(
                    new Problem(
                        field.Value.Origin, path + key,
                        $"{path}{key} is {field.Value.Show()} ({field.Value.Kind}): expected "
                            + $"{(HasPath(entry) ? "a path or " : "")}{Section}"));
        }
        return result;
    }

    /// <summary>The section that a value is; what has a path may be written as the path alone.</summary>
    private static HoconObject? AsSection(Type entry, HoconValue value) => value switch
    {
        HoconObject section => section,
        HoconString path when HasPath(entry) => new HoconObject(value.Origin, new() { [PathKey] = new HoconField(value.Origin, path) }),
        _ => null,
    };

    private static bool HasPath(Type entry) => OptionSchema.Of(entry).Any(option => option.Key == PathKey);

    private static string Expected(Option option) =>
        option.IsSection || OptionSchema.EntryOf(option.Type) is not null ? Section : ValueReader.For(option).Expected;

    private string Unknown(string key, string path, IReadOnlyList<Option> options)
    {
        var unknown = $"{path}{key} is not known";
        if (NearestName.Of(key, options.Select(option => option.Key)) is { } near) return $"{unknown}: did you mean {path}{near}?";
        if (OptionSchema.PathsOf(key, rootType).FirstOrDefault() is { } elsewhere) return $"{unknown}: did you mean {elsewhere}?";
        return $"{unknown}: expected one of {string.Join(", ", options.Select(option => option.Key))}";
    }

    // What a task written as text may say depends on how tasks are made, which options do not know.
    private static IEnumerable<string> Rules(object record) => record is TaskTemplate template
        ? template.Validate()
        : record.GetType().GetMethod("Validate", Type.EmptyTypes)?.Invoke(record, null) as IEnumerable<string> ?? [];

    /// <summary>
    /// The record's own checks. A section with errors is checked with defaults in their place, so only what was written counts then.
    /// </summary>
    private void Validate(object record, IReadOnlyList<Option> options, string path, bool mayBePartial)
    {
        foreach (var problem in Rules(record))
        {
            var name = problem.Split(' ', 2)[0];
            var isKey = options.Any(option => option.Key == name.Split('.', 2)[0]);
            var key = isKey ? path + name : path.TrimEnd('.');
            if (mayBePartial && (!isKey || !Has(key))) continue;
            Add(
                key,
                isKey || key.EndsWith(name, StringComparison.Ordinal)
                    ? string.Create(CultureInfo.InvariantCulture, $"{(isKey ? path : "")}{problem}")
                    : $"{key}: {problem}");
        }
    }
}
